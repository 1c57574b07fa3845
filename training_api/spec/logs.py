"""Reading log files: carriage returns folded, escape codes and control characters removed."""

from __future__ import annotations

import re
from pathlib import Path

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST_LINE = 8192


def clean_line(raw: bytes) -> str:
    """One log line as text that is safe to show; of a progress bar only its last state."""
    text = raw.decode("utf-8", "replace").rstrip("\r\n")
    text = text.rsplit("\r", 1)[-1]
    return _CONTROLS.sub("", _ESCAPES.sub("", text))[:LONGEST_LINE]


def read_log(path: Path, after: int = 0, limit: int = 200_000) -> tuple[list[str], int]:
    """Whole lines from byte `after`, at most about `limit` bytes, and the offset to go on from."""
    if not path.exists():
        return [], after
    with path.open("rb") as file:
        file.seek(after)
        chunk = file.read(limit)
    end = chunk.rfind(b"\n") + 1
    if end == 0 and len(chunk) == limit:
        return [clean_line(chunk)], after + limit  # a line longer than a piece is cut
    return [clean_line(line) for line in chunk[:end].split(b"\n")[:-1]], after + end


def tail_offset(path: Path, limit: int = 200_000) -> int:
    """Where to start reading so that about the last `limit` bytes are shown, at a line's start."""
    if not path.exists():
        return 0
    return line_start(path, path.stat().st_size - limit)


def line_start(path: Path, offset: int) -> int:
    """Where the first line begins that starts after byte `offset`; 0 for an offset below 1."""
    if offset <= 0:
        return 0
    with path.open("rb") as file:
        file.seek(offset)
        return offset + len(file.readline())


def log_tail(path: Path, lines: int = 100) -> list[str]:
    """The last `lines` lines, the unfinished one included."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(tail_offset(path))
        return [clean_line(line) for line in file.read().split(b"\n") if line][-lines:]
