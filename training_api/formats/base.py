"""What a format file declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from pathlib import Path
from typing import ClassVar, Literal

from training_api.spec.dataset import Problem
from training_api.spec.scan import Scan

SHOWN_FILES = 20


class Format(ABC):
    """Turns a folder of one layout into a dataset version and lists all its problems."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def recognises(self, folder: Path) -> bool:
        """True if the folder's layout is this format's; looks at names only."""

    @abstractmethod
    def read(self, folder: Path, name: str) -> Scan:
        """Read, decode and check every file. Never raises for what the folder holds."""


class Findings:
    """Collects problems; the same code and message become one problem with several files."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, Literal["error", "warning"], str], list[str]] = defaultdict(
            list
        )

    def error(self, code: str, message: str, file: str = "") -> None:
        """A fault that forbids training."""
        self._files[(code, "error", message)].append(file)

    def warning(self, code: str, message: str, file: str = "") -> None:
        """Something that the user should know."""
        self._files[(code, "warning", message)].append(file)

    @property
    def has_errors(self) -> bool:
        """True if training is forbidden."""
        return any(severity == "error" for _, severity, _ in self._files)

    def problems(self) -> list[Problem]:
        """Errors first, each with the first files and the count of all."""
        found = [
            Problem(
                code=code,
                severity=severity,
                message=message,
                files=[name for name in files if name][:SHOWN_FILES],
                count=len(files),
            )
            for (code, severity, message), files in self._files.items()
        ]
        return sorted(found, key=lambda problem: problem.severity != "error")
