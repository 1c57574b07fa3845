"""From the address of published weights to their record; for fetch jobs and for images."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from typing import Protocol

import httpx

from training_api.download import PAUSES, Download, NoConnection, NotOffered
from training_api.partial_file import PartialFile
from training_api.spec.environments import required_engine_python
from training_api.spec.errors import Corrupt, NotFound, OutOfSpace
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import command_word
from training_api.weights.arrival import NotWeights, largest, require_weights, unpacked
from training_api.weights.cache import WeightsCache, WrongDigest
from training_api.weights.conversion import convert
from training_api.weights.record import WeightsRecord
from training_api.weights.weight_file import Digest, WeightFile

_MARGIN = 64 << 20  # bytes that stay free
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


class Teller(Protocol):
    """Who hears of it."""

    def say(self, text: str) -> None:
        """A sentence for the log."""
        ...

    def notice(self, message: str) -> None:
        """Something that the user should know."""
        ...

    def progress(self, size: int, total: int | None) -> None:
        """So many bytes are there of so many, None while unknown."""
        ...


class Fetching:
    """Brings one file into a cache; hears its own download (`download.Watcher`).

    `stop` is asked again and again; True ends it, and what came is kept.
    """

    def __init__(
        self,
        file: WeightFile,
        cache: WeightsCache,
        teller: Teller,
        stop: Callable[[], bool],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._file = file
        self._cache = cache
        self._part = PartialFile(cache.incoming(file))
        self._stop = stop
        self._teller = teller
        self._pauses = pauses

    @property
    def kept(self) -> int:
        """Bytes of a file that is not whole yet."""
        return self._part.size

    def run(self) -> WeightsRecord | None:
        """Bring the file, if it is not here, once no one else does; None when stopped.

        Raises NoConnection, NotOffered, OutOfSpace, WrongDigest, NotWeights, NoEngine.
        """
        waiting = False
        while not self._stop():
            with self._cache.alone(self._file) as alone:
                if alone:
                    return self._present() or self._fetched()
            if not waiting:
                self._teller.notice("Another job brings this file; waiting for it.")
            waiting = True
            time.sleep(0.1)
        return None

    def stopped(self) -> bool:
        """As a watcher."""
        return self._stop()

    def expected(self, left: int) -> None:
        """As a watcher. Raises OutOfSpace, before anything is written."""
        another = self._file.packed or self._file.pickled  # unpacked, converted
        needed = left + (self._part.total or left if another else 0) + _MARGIN
        free = shutil.disk_usage(self._cache.root).free
        if needed > free:
            raise OutOfSpace(
                f"{self._file.id} needs {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free "
                f"in {self._cache.root}. Free some space and resume the job."
            )

    def moved(self, size: int, total: int | None) -> None:
        """As a watcher."""
        self._teller.progress(size, total)

    def said(self, text: str) -> None:
        """As a watcher."""
        self._teller.say(text)

    def _present(self) -> WeightsRecord | None:
        """The record of a file that is here and whole."""
        try:
            return self._cache.verified(self._file)[0]
        except NotFound:
            return None
        except Corrupt as error:
            self._teller.notice(f"{error.message.partition('. ')[0]}. It is fetched again.")
            return None

    def _fetched(self) -> WeightsRecord | None:
        """None when stopped."""
        if self._file.pickled:
            required_engine_python(EngineName.torch)  # converts it
        resumed = self._part.size > 0
        try:
            return self._downloaded()
        except (WrongDigest, NotWeights):
            if not resumed:
                raise
            self._teller.notice("What came earlier did not fit; the file is fetched anew.")
            return self._downloaded()
        except (NoConnection, NotOffered) as error:
            raise type(error)(f"{error.message} {by_hand(self._file)}") from error

    def _downloaded(self) -> WeightsRecord | None:
        download = Download(
            self._file.url, self._part, largest(self._file), self, pauses=self._pauses
        )
        if not download.run():
            return None
        try:
            return self._accepted(download)
        except (WrongDigest, NotWeights):
            self._part.remove()
            raise

    def _accepted(self, download: Download) -> WeightsRecord:
        published, revision = _named_by_host(download.answers)
        self._teller.say("Checking what came.")
        arrived = unpacked(self._file, self._part.path)
        try:
            require_weights(self._file, arrived)
            record = self._cache.accept(
                self._file,
                arrived,
                source=download.url,
                published=published,
                revision=revision,
                convert=convert,
            )
        finally:
            if arrived != self._part.path:
                arrived.unlink(missing_ok=True)
        self._part.remove()
        return record


def _named_by_host(answers: list[httpx.Headers]) -> tuple[Digest | None, str | None]:
    """The SHA-256 and the commit that Hugging Face names in its first answer."""
    heads = [headers for headers in answers if "x-linked-etag" in headers]
    if not heads:
        return None, None
    match = _SHA256.fullmatch(heads[0]["x-linked-etag"])
    digest = Digest(algorithm="sha256", value=match[1]) if match else None
    return digest, heads[0].get("x-repo-commit")


def by_hand(file: WeightFile) -> str:
    """What to do without a connection."""
    return (
        "Check the network and the proxy settings (HTTPS_PROXY), or place the file by hand: "
        f"fetch {file.url} elsewhere, then `{command_word()} weights add {file.id} FILE`."
    )
