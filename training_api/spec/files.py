"""Files that are either whole or absent: atomic writes, hashes, JSON."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from training_api.spec.errors import Corrupt, NotFound, OutOfSpace


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace `path` by `data` so that a reader or a power cut sees the old or the new file.

    Raises OutOfSpace when the disk is full; the old file is untouched then.
    """
    writer = f"{os.getpid()}.{threading.get_ident()}"  # two threads may write the same file
    temporary = path.with_name(f".{path.name}.{writer}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise out_of_space(error, path) from error


def out_of_space(error: OSError, path: Path) -> Exception:
    """`error` itself, or OutOfSpace when it means a full disk or quota."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfSpace(f"The disk is full: {path} could not be written. Free some space.")
    return error


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """Write `value` as JSON, atomically. NaN and infinity are refused (ValueError)."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomically(path, text.encode() + b"\n", mode)


def read_json(path: Path) -> Any:
    """The JSON value in `path`. Raises NotFound or Corrupt, naming the file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(f"{path} does not exist.") from error
    except ValueError as error:
        raise Corrupt(f"{path} is not valid JSON ({error}). Restore or remove it.") from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def append_line(path: Path, value: dict[str, Any]) -> None:
    """Append `value` as one JSON line in a single write, so that lines never interleave."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        written = os.write(descriptor, line)
        if written < len(line):  # the disk filled up within the line: take the torn part back
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(errno.ENOSPC, "the line was written in part")
    except OSError as error:
        raise out_of_space(error, path) from error
    finally:
        os.close(descriptor)
