"""A model's folder as a ZIP, for download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PIECE = 1 << 20
_DATE = (2020, 1, 1, 0, 0, 0)


def model_files(folder: Path) -> list[Path]:
    """All its files, in order; links are none."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def zip_pieces(folder: Path) -> Iterator[bytes]:
    """The folder as a ZIP, piece by piece; same folder, same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in model_files(folder):
            info = zipfile.ZipInfo(str(path.relative_to(folder)), _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.file_size = path.stat().st_size  # tells zipfile whether it needs ZIP64
            with archive.open(info, "w") as target, path.open("rb") as source:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield from sink.taken()
            yield from sink.taken()
    yield from sink.taken()


class _Sink(io.RawIOBase):
    """A file that cannot be sought, from which what was written is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces
