"""What pyproject.toml asks for, read with the standard library alone."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass

from console import ROOT

LOCKS = ROOT / "build" / "locks"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One virtual environment of the project."""

    name: str  # also the name of its lock file
    folder: str  # relative to the repository root
    extras: tuple[str, ...]  # of pyproject.toml
    holds: str  # in plain words
    engine: bool = False  # left out, not fatal, where it cannot be installed
    constrained: bool = True  # by its lock file

    @property
    def python(self) -> str:
        return str(ROOT / self.folder / "bin" / "python")

    @property
    def lock(self):
        return LOCKS / f"{self.name}.txt"

    @property
    def stamp(self):
        return ROOT / self.folder / "segsmith-setup.json"


ENVIRONMENTS = (
    Environment(
        name="service",
        folder=".venv",
        extras=("service", "test"),
        holds="the service, the command line and the tests",
    ),
    Environment(
        name="torch",
        folder=".venv-torch",
        extras=("torch", "engine-test"),
        holds="the torch engine (PyTorch)",
        engine=True,
    ),
    Environment(
        name="gluoncv",
        folder=".venv-gluoncv",
        extras=("gluoncv", "engine-test"),
        holds="the gluoncv engine (MXNet, GluonCV)",
        engine=True,
    ),
)


def declared() -> dict:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def without_dependencies(name: str) -> list[str]:
    """Requirements that environment `name` gets with pip's --no-deps."""
    return declared()["tool"]["segsmith"]["no-deps"].get(name, [])


def requirement(extra: str, package: str) -> str:
    """The line for `package` in `extra`, such as `torch==2.13.0`."""
    lines = declared()["project"]["optional-dependencies"][extra]
    return next(line for line in lines if line.partition("=")[0] == package)


def inputs(environment: Environment) -> str:
    """Everything that decides what is installed, as one comparable text."""
    project = declared()["project"]
    lock = environment.lock
    return json.dumps(
        {
            "dependencies": project["dependencies"],
            "extras": [project["optional-dependencies"][extra] for extra in environment.extras],
            "no-deps": without_dependencies(environment.name),
            "scripts": project["scripts"],
            "lock": lock.read_text(encoding="utf-8") if lock.exists() else "",
        },
        sort_keys=True,
    )
