"""What events.jsonl tells of a job so far, read once and then only where it grew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training_api.spec.events import Event, latest, read_events, validations

_JOBS_IN_MEMORY = 512


@dataclass
class Activity:
    """All events but progress, of which only the last counts. `offset` is where reading goes on."""

    offset: int = 0
    events: list[Event] = field(default_factory=list)
    progress: Event | None = None

    def extended(self, path: Path) -> Activity:
        """With what was appended since; a shorter file is another one and read from its start."""
        size = path.stat().st_size if path.exists() else 0
        if size == self.offset:
            return self
        base = self if size > self.offset else Activity()
        extended = Activity(base.offset, [*base.events], base.progress)
        for offset, event in read_events(path, base.offset):
            extended.offset = offset
            if event["event"] == "progress":
                extended.progress = event
            else:
                extended.events.append(event)
        return extended

    @property
    def started(self) -> Event | None:
        """The last attempt's start."""
        return latest(self.events, "started")

    @property
    def weights(self) -> Event | None:
        """What became of the tensors of the first weights."""
        return latest(self.events, "weights")

    @property
    def validations(self) -> list[Event]:
        """All that count, in order."""
        return validations(self.events)

    @property
    def samples(self) -> list[Event]:
        """In order; of a place in the run that was repeated the last one."""
        by_epoch = {event["epoch"]: event for event in self.events if event["event"] == "sample"}
        return [by_epoch[epoch] for epoch in sorted(by_epoch)]

    @property
    def notices(self) -> list[str]:
        """Sentences for the user, each once."""
        told = [str(event["message"]) for event in self.events if event["event"] == "notice"]
        return list(dict.fromkeys(told))

    @property
    def best(self) -> dict[str, Any] | None:
        """mIoU and epoch of the best validation that the trainer marked so."""
        marked = [event for event in self.validations if event.get("best")]
        if not marked or marked[-1].get("miou") is None:
            return None
        return {"miou": marked[-1]["miou"], "epoch": marked[-1]["epoch"]}


class Activities:
    """The activities of the jobs that were last asked for. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[Path, Activity] = OrderedDict()

    def of(self, events: Path) -> Activity:
        """The activity in an events file as it is now."""
        with self._guard:
            known = self._known.get(events, Activity())
        present = known.extended(events)
        with self._guard:
            self._known[events] = present
            self._known.move_to_end(events)
            while len(self._known) > _JOBS_IN_MEMORY:
                self._known.popitem(last=False)
        return present
