"""One attempt of a fetch job: from the address of published weights to their record."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import httpx

from training_api.download import PAUSES, Download, NoConnection, NotOffered
from training_api.fetch_journal import FetchJournal
from training_api.partial_file import PartialFile
from training_api.reasons import EXIT_TERMINATED
from training_api.signals import end_requests
from training_api.spec.directory import JobDirectory
from training_api.spec.environments import required_engine_python
from training_api.spec.errors import Corrupt, NotFound, OutOfSpace
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.kinds.fetch import FetchSpec
from training_api.stop_request import StopRequest
from training_api.weights.arrival import NotWeights, largest, require_weights, unpacked
from training_api.weights.cache import WeightsCache, WeightsRecord, WrongDigest
from training_api.weights.conversion import convert
from training_api.weights.registry import weight_file
from training_api.weights.weight_file import Digest, WeightFile

_MARGIN = 64 << 20  # bytes that stay free
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


class Fetching:
    """Brings one file; hears its own download (`download.Watcher`)."""

    def __init__(
        self,
        directory: JobDirectory,
        number: int,
        journal: FetchJournal,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        attempt = directory.attempt(number)
        spec = FetchSpec.model_validate(read_json(directory.spec_path))
        self._file = weight_file(spec.weights)
        self._cache = WeightsCache(Path(attempt.launch().weights_dir))
        self._part = PartialFile(self._cache.incoming(self._file))
        self._stop = StopRequest(attempt)
        self._journal = journal
        self._pauses = pauses

    def run(self) -> int:
        """Bring the file, if it is not here; the exit code. Raises what ends the job otherwise."""
        with end_requests(self._stop.terminate):
            self._journal.started(self._file)
            record = self._when_alone()
        if record is not None:
            self._journal.finished(self._file, record, self._cache.record_path(self._file))
            return 0
        if self._stop.terminated:
            self._journal.notice("Ended from outside. What came so far is kept.")
            return EXIT_TERMINATED
        self._journal.stopped(self._file, self._part.size)
        return 0

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
        self._journal.progress(size, total)

    def said(self, text: str) -> None:
        """As a watcher."""
        self._journal.say(text)

    def _when_alone(self) -> WeightsRecord | None:
        """The file's record, once no other job brings it; None when stopped."""
        waiting = False
        while not self._stop():
            with self._cache.alone(self._file) as alone:
                if alone:
                    return self._present() or self._fetched()
            if not waiting:
                self._journal.notice("Another job brings this file; waiting for it.")
            waiting = True
            time.sleep(0.1)
        return None

    def _present(self) -> WeightsRecord | None:
        """The record of a file that is here and whole."""
        try:
            return self._cache.verified(self._file)[0]
        except NotFound:
            return None
        except Corrupt as error:
            self._journal.notice(f"{error.message.partition('. ')[0]}. It is fetched again.")
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
            self._journal.notice("What came earlier did not fit; the file is fetched anew.")
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
        self._journal.say("Checking what came.")
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
        f"fetch {file.url} elsewhere, then `segsmith weights add {file.id} FILE`."
    )
