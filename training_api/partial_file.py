"""A download that is not whole yet: its bytes, and what tells whether the rest still fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from training_api.spec.errors import SegsmithError
from training_api.spec.files import out_of_space, read_json, write_json

PARTIAL = 206
"""The status of an answer that holds the rest."""
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")


class PartialFile:
    """`path` holds the bytes, `path`.json the address and the version that they belong to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total: int | None = None  # bytes of the whole, once a host has said it
        self._version_path = path.with_name(f"{path.name}.json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def range_headers(self, url: str) -> dict[str, str]:
        """The request for the rest, if the host still has the same version; else for the whole."""
        version = self._version(url)
        if not version or not self.size:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": version}

    def goes_on(self, headers: Mapping[str, str]) -> bool:
        """True if a 206 answer brings what follows."""
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        return match is not None and match[1] == str(self.size)

    def is_whole(self, headers: Mapping[str, str]) -> bool:
        """True if a 416 answer says that nothing is left to send."""
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        return match is not None and int(match[2]) == self.size

    @contextmanager
    def opened(self, url: str, status: int, headers: Mapping[str, str]) -> Iterator[BinaryIO]:
        """The file at the place where the answer's body belongs. Raises OutOfSpace."""
        try:
            if status != PARTIAL:
                self._begin(url, headers)
            length = headers.get("content-length", "")
            self.total = self.size + int(length) if length.isdecimal() else None
            with self.path.open("ab") as file:
                yield file
        except OSError as error:
            raise out_of_space(error, self.path) from error

    def _begin(self, url: str, headers: Mapping[str, str]) -> None:
        """A weak tag may stand for other bytes; it is no version."""
        tag = headers.get("etag", "")
        version = headers.get("last-modified", "") if tag.startswith("W/") or not tag else tag
        self.remove()
        write_json(self._version_path, {"schema": 1, "url": url, "version": version})
        self.path.touch()

    def _version(self, url: str) -> str:
        """Of what is there, if it came from `url`; else ''."""
        try:
            document = read_json(self._version_path)
            return str(document["version"]) if document["url"] == url else ""
        except (SegsmithError, KeyError, TypeError):
            return ""

    def remove(self) -> None:
        """Forget what came so far."""
        self.path.unlink(missing_ok=True)
        self._version_path.unlink(missing_ok=True)
