"""setup_solution_parameters.sh in a copy of the clone, beside a real engine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from console import ROOT

from tests.command_line import free_port
from tests.docker_engine import DockerEngine, compose


class SetUp:
    """A clone's set-up: its answers are kept in the copy."""

    def __init__(self, engine: DockerEngine, place: Path) -> None:
        self.clone = place / "a clone"
        self.data = place / "data folder"
        self.port = free_port()
        self._environment = engine.environment
        for name in ("setup_solution_parameters.sh", "pyproject.toml"):
            self._copy(name)
        for path in (*ROOT.glob("build/*.yml"), *ROOT.glob("build/*.sh")):
            self._copy(str(path.relative_to(ROOT)))
        for path in ROOT.glob("run/*.yml"):
            self._copy(str(path.relative_to(ROOT)))
        (self.clone / "datasets").mkdir()

    def _copy(self, name: str) -> None:
        target = self.clone / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)

    def run(
        self, *words: object, answers: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Call it with these words; `answers` are typed."""
        return subprocess.run(
            [str(self.clone / "setup_solution_parameters.sh"), *map(str, words)],
            env=self._environment | environment,
            input=answers,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def quick(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Without questions, with this test's folder and port."""
        own = ("--yes", "--data", self.data, "--port", self.port)
        return self.run(*own, *words, **environment)

    def settings(self, part: str) -> dict[str, str]:
        """What `build` or `run` has in its .env."""
        lines = (self.clone / part / ".env").read_text().splitlines()
        pairs = (line.split("=", 1) for line in lines if not line.startswith("#"))
        return {name: value.strip("'") for name, value in pairs}

    def configuration(self, file: str) -> dict[str, Any]:
        """What compose makes of a file and the .env beside it."""
        command = [*compose(), "-f", str(self.clone / file), "config"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = yaml.safe_load(done.stdout)
        return document

    def composed(self, file: str) -> dict[str, Any]:
        """Its services."""
        services: dict[str, Any] = self.configuration(file)["services"]
        return services


def refused(done: subprocess.CompletedProcess[str], sentence: str, code: int = 2) -> bool:
    """True if it ended with this code and said so, without a shell's own complaint."""
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
    return "line " not in done.stderr and "unbound" not in done.stderr


def stub(folder: Path, name: str, script: str) -> None:
    """A command that cannot be had here."""
    (folder / name).write_text(f"#!/bin/bash\n{script}\n")
    (folder / name).chmod(0o755)


def mounts(service: dict[str, Any]) -> set[str]:
    """`SOURCE:TARGET:ro` (or rw) of each mount, however this release of compose writes them."""
    return {entry if isinstance(entry, str) else _short(entry) for entry in service["volumes"]}


def _short(entry: dict[str, Any]) -> str:
    return f"{entry['source']}:{entry['target']}:{'ro' if entry.get('read_only') else 'rw'}"
