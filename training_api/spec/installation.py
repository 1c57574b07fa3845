"""Where this installation keeps its data, and how its command is called."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

_PACKAGES = Path(__file__).resolve().parents[2]
OUTSIDE_COMMAND = "SEGSMITH_COMMAND"


def clone() -> Path | None:
    """The folder of the source code that runs here; None when it was installed as a wheel."""
    return _PACKAGES if (_PACKAGES / "pyproject.toml").is_file() else None


def default_home() -> Path:
    """`var` in the clone, from whatever folder a command is called; else in the working folder."""
    root = clone()
    if root is None or root == Path.cwd():
        return Path("var")
    return root / "var"


def command_word() -> str:
    """What one types to call this installation's `segsmith`, ready for a shell.

    SEGSMITH_COMMAND where it is set: as people type it outside a container, or as the service that
    started this job is called. Else its path unless PATH finds it.
    """
    if told := os.environ.get(OUTSIDE_COMMAND):
        return told
    own = Path(sys.executable).with_name("segsmith")
    found = shutil.which("segsmith")
    if not own.is_file() or (found and Path(found).resolve() == own.resolve()):
        return "segsmith"
    return shlex.quote(str(own))
