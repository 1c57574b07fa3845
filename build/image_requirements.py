"""What goes into the environment of an image, from pyproject.toml and the lock files.

    python3 build/image_requirements.py ROLE [VARIANT] > FILE

ROLE is a part of the service or an engine. Written as JSON in a stage of its own: packages are
installed anew when that changes, and not with every other line of pyproject.toml.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass

from project import ENVIRONMENTS, Environment, declared, without_dependencies

VARIANTS = ("cpu", "cpu_mkl", "gpu", "gpu_mkl")
ENGINES = ("torch", "gluoncv")
PARTS = ("gui", "docker_sdk_api", "inference_api")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The requirements of one environment in an image."""

    environment: Environment
    packages: tuple[str, ...]
    without_dependencies: tuple[str, ...] = ()
    tuning: tuple[str, ...] = ()  # what makes processors faster, of which few files stay

    @property
    def torch(self) -> str | None:
        """The line for PyTorch, whose build has a source of its own."""
        return next((line for line in self.packages if name_of(line) == "torch"), None)


def name_of(requirement: str) -> str:
    """`mxnet` of `mxnet==1.9.1`."""
    return re.split(r"[<>=!~\[; ]", requirement)[0]


def contents(role: str, variant: str) -> Contents:
    """What `role` (a part of the service, or an engine) has in its environment."""
    if role not in (*ENGINES, *PARTS) or variant not in VARIANTS:
        raise ValueError(f"no image {role} {variant}: {ENGINES + PARTS} × {VARIANTS}")
    extra = role if role in ENGINES else "service"
    project, images = declared()["project"], declared()["tool"]["segsmith"]["images"]
    out = images["left-out"].get(role, [])
    lines = [*project["dependencies"], *project["optional-dependencies"][extra]]
    lines = [line for line in lines if name_of(line) not in out]
    if variant.startswith("gpu"):
        lines = [new for line in lines for new in images["gpu"].get(name_of(line), [line])]
    tuned = variant.endswith("_mkl") and role in ENGINES
    return Contents(
        environment=next(e for e in ENVIRONMENTS if e.name == extra),
        packages=tuple(lines),
        without_dependencies=tuple(without_dependencies(role)),
        tuning=tuple(images["tuning"] if tuned else ()),
    )


def document(role: str, variant: str) -> dict:
    """The contents as JSON values, the lock file's text included."""
    wanted = contents(role, variant)
    return {
        "role": role,
        "variant": variant,
        "folder": wanted.environment.folder,
        "lock": wanted.environment.lock.read_text(encoding="utf-8"),
        "packages": wanted.packages,
        "without_dependencies": wanted.without_dependencies,
        "torch": wanted.torch,
        "tuning": wanted.tuning,
    }


if __name__ == "__main__":
    json.dump(document(*(*sys.argv[1:], "cpu")[:2]), sys.stdout, indent=1)
