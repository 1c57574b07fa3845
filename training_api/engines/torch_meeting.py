"""The folder in which the processes of a run meet."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "segsmith-ranks-"


def meeting_folder() -> Path:
    """A new one in the name of this process; those of processes that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _lives(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # none can have a number that large
        return False
    except PermissionError:  # another user's
        return True
    return True
