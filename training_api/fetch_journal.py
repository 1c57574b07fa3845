"""What a fetch job tells: events for programs, a log for people."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.events import EventWriter
from training_api.weights.record import WeightsRecord
from training_api.weights.weight_file import WeightFile

_CALM = 0.5  # seconds between two events of progress


class FetchJournal:
    """Writes events.jsonl and, on standard output, the log."""

    def __init__(self, directory: JobDirectory, attempt: int) -> None:
        self._events = EventWriter(directory.events_path, attempt)
        self._began = time.monotonic()
        self._first: tuple[float, int] | None = None  # when the first bytes came, and how many
        self._told = 0.0

    def say(self, text: str) -> None:
        """One log line."""
        print(text, flush=True)

    def started(self, file: WeightFile) -> None:
        """The download is about to begin."""
        facts = {"weights": file.id, "title": file.title, "source": file.url}
        self._events.write("started", **facts, licence=file.licence)
        self.say(f"Fetching {file.id} ({file.title}) from {file.url}. Licence: {file.licence}.")

    def progress(self, size: int, total: int | None) -> None:
        """So many bytes are there; the last is always told, others now and then."""
        moment = time.monotonic()
        first, before = self._first = self._first or (moment, size)
        if moment - self._told < _CALM and size != total:
            return
        self._told = moment
        rate = (size - before) / (moment - first) if moment > first else 0.0
        left = (total - size) / rate if total is not None and rate > 0 else None
        self._events.write(
            "progress",
            bytes=size,
            total_bytes=total,
            bytes_per_second=rate or None,
            seconds=moment - self._began,
            remaining_seconds=left,
        )

    def notice(self, message: str) -> None:
        """Something that the user should know."""
        self._events.write("notice", message=message)
        self.say(f"Notice: {message}")

    def finished(self, file: WeightFile, record: WeightsRecord, path: Path) -> None:
        """The file is there; `path` is its record."""
        if record.checked is None:
            self.notice(
                f"No digest is published for {file.id}. It was not checked; the SHA-256 that it "
                f"came with is recorded: {record.sha256}."
            )
        place = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
        facts = {"record": place, "checked": record.checked, "sha256": record.sha256}
        self._finished(file, False, record.size, **facts)
        how = f"matches {record.checked}" if record.checked else f"has SHA-256 {record.sha256}"
        self.say(f"{file.id} is here: {record.size:,} bytes, {how}.")

    def stopped(self, file: WeightFile, size: int) -> None:
        """Ended on request; `size` bytes are kept for another time."""
        self._finished(file, True, size)
        self.say(f"Stopped. {size:,} bytes of {file.id} are kept.")

    def failed(self, reason: ReasonCode, message: str) -> None:
        """It ended by a fault."""
        self._events.write("failed", reason=reason, message=message)
        self.say(f"Failed ({reason}): {message}")

    def _finished(self, file: WeightFile, stopped: bool, size: int, **facts: Any) -> None:
        seconds = time.monotonic() - self._began
        head = {"weights": file.id, "stopped": stopped, "bytes": size, "seconds": seconds}
        self._events.write("finished", **head, **facts)
