"""What a profile job tells: events for programs, a log for people."""

from __future__ import annotations

import time
from pathlib import Path

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.events import EventWriter
from training_api.spec.profile import Profile

PARTS = ("Setting up", "Training steps", "Validation", "Checkpoint and exports")


class ProfileJournal:
    """Writes events.jsonl and, on standard output, the log."""

    def __init__(self, directory: JobDirectory, attempt: int) -> None:
        self._events = EventWriter(directory.events_path, attempt)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One log line."""
        print(text, flush=True)

    def part(self, number: int) -> None:
        """Part `number` (from 0) of PARTS begins."""
        facts = {"step": number, "steps": len(PARTS), "seconds": self._seconds()}
        self._events.write("progress", **facts)
        self.say(f"{PARTS[number]} …")

    def notice(self, message: str) -> None:
        """Something that the user should know."""
        self._events.write("notice", message=message)
        self.say(f"Notice: {message}")

    def finished(self, profile: Profile, path: Path) -> None:
        """All is measured and lies in `path`."""
        seconds = self._seconds()
        self._events.write("finished", profile=str(path), stopped=False, seconds=seconds)
        self.say(
            f"{profile.step_seconds:.3f} s per step of {profile.step_images} images, "
            f"{profile.validation_seconds:.3f} s per validation image, "
            f"{profile.memory / 1e9:.1f} GB of memory."
        )

    def stopped(self) -> None:
        """Ended on request."""
        self._events.write("finished", stopped=True, seconds=self._seconds())
        self.say("Stopped.")

    def failed(self, reason: ReasonCode, message: str) -> None:
        """It ended by a fault."""
        self._events.write("failed", reason=reason, message=message)
        self.say(f"Failed ({reason}): {message}")

    def _seconds(self) -> float:
        return time.monotonic() - self._began
