"""What networks were measured at on this machine: $SEGSMITH_HOME/measurements.json."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from training_api.networks import network_for
from training_api.spec.closed import Record
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import SegsmithError
from training_api.spec.events import latest, read_events
from training_api.spec.files import read_json, write_json
from training_api.spec.hyper_parameters import EngineName


class Measurement(Record):
    """The speed of a network while it trained; sizes in pixels, `cpus` threads at most."""

    engine: EngineName
    network: str
    backbone: str | None
    height: int
    width: int
    batch_size: int
    device: str
    cpus: int
    precision: str
    images_per_second: float = Field(gt=0)
    job_id: str
    time: str

    @property
    def subject(self) -> tuple[object, ...]:
        """What was measured, and under which circumstances: the newest of each is kept."""
        network = (self.engine, self.network, self.backbone, self.height, self.width)
        return (*network, self.batch_size, self.device, self.cpus, self.precision)


class _Document(Record):
    schema_: Literal[1] = Field(1, alias="schema")
    measurements: list[Measurement] = Field(default_factory=list)


class Measurements:
    """The file. One process writes it, the orchestrator; its threads take turns."""

    _turn = threading.Lock()

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Measurement]:
        """Newest first; empty for a file that is not there or cannot be read."""
        try:
            document = _Document.model_validate(read_json(self._path))
        except (SegsmithError, ValidationError):
            return []
        return sorted(document.measurements, key=lambda entry: entry.time, reverse=True)

    def add(self, measurement: Measurement) -> None:
        """Keep a measurement in place of an older one of the same. Raises OutOfSpace."""
        with self._turn:
            others = [entry for entry in self.all() if entry.subject != measurement.subject]
            document = _Document(measurements=[measurement, *others])
            write_json(self._path, document.model_dump(mode="json", by_alias=True))

    def take_from(self, directory: JobDirectory) -> None:
        """Add the speed that an ended training reached; its end never fails by it."""
        with contextlib.suppress(SegsmithError, OSError, ValidationError):
            measurement = measurement_of(directory)
            if measurement is not None:
                self.add(measurement)


def measurement_of(directory: JobDirectory) -> Measurement | None:
    """The speed of the newest attempt by its events; None if it did not come to its end."""
    events = [event for _, event in read_events(directory.events_path)]
    started, finished = latest(events, "started"), latest(events, "finished")
    if started is None or finished is None or started["attempt"] != finished["attempt"]:
        return None
    if not finished.get("images_per_second") or "size" not in started:
        return None
    spec = directory.spec()
    network = network_for(spec.engine, spec.network.name, spec.network.options)
    height, width = started["size"]
    return Measurement(
        engine=spec.engine,
        network=network.name,
        backbone=getattr(network.options, "backbone", None),
        height=height,
        width=width,
        job_id=directory.path.name,
        time=finished["time"],
        images_per_second=finished["images_per_second"],
        **{key: started[key] for key in ("batch_size", "device", "cpus", "precision")},
    )
