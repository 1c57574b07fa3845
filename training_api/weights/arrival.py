"""A file of weights as it arrives: taken out of its ZIP, and looked at before it is accepted."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path

from training_api.spec.errors import SegsmithError
from training_api.weights.weight_file import WeightFile

LARGEST = 8 << 30
"""Bytes that a file of unknown size may have."""
_LONGEST_HEADER = 100 << 20  # bytes, as safetensors itself has it
_PIECE = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError)


class NotWeights(SegsmithError):
    """What arrived is no such file of weights."""

    code = "wrong_digest"
    status = 409


def largest(file: WeightFile) -> int:
    """Bytes that the file may have: twice what is published of it, if anything is."""
    return LARGEST if file.mebibytes is None else (round(file.mebibytes * 2) + 1) << 20


def unpacked(file: WeightFile, arrived: Path) -> Path:
    """The weights file itself: `arrived`, or what its ZIP held, beside it. Raises NotWeights."""
    if not file.packed or not zipfile.is_zipfile(arrived):
        return arrived
    target = arrived.with_name(f"{arrived.name}.unpacked")
    try:
        _extract(file, arrived, target)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, _DAMAGED):
            raise NotWeights(f"The ZIP of {file.id} is damaged ({error}).") from error
        raise
    return target


def _extract(file: WeightFile, arrived: Path, target: Path) -> None:
    """Write the member of the ZIP; sizes are counted as they come, not as declared."""
    limit = largest(file)
    with zipfile.ZipFile(arrived) as archive:
        member = next((name for name in archive.namelist() if name.endswith(file.file)), None)
        if member is None:
            raise NotWeights(f"The ZIP of {file.id} does not hold {file.file}.")
        with archive.open(member) as source, target.open("wb") as sink:
            while piece := source.read(_PIECE):
                limit -= len(piece)
                if limit < 0:
                    raise NotWeights(f"{member} unpacks to more than it can have.")
                sink.write(piece)


def require_weights(file: WeightFile, path: Path) -> None:
    """Raise NotWeights for what cannot be the file, such as a host's page of words.

    A digest proves more, but is not published for every safetensors file.
    """
    if not file.file.endswith(".safetensors"):
        return
    with path.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        head = opened.read(length) if length < min(path.stat().st_size, _LONGEST_HEADER) else b""
    try:
        sound = isinstance(json.loads(head), dict)
    except ValueError:
        sound = False
    if not sound:
        raise NotWeights(
            f"What arrived as {file.id} is no safetensors file. Fetch it again; if it comes from "
            "a mirror, tell its keeper."
        )
