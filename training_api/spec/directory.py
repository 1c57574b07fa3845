"""The job directory: the contract between orchestrator, agent and trainer (DESIGN section 4)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from training_api.spec.errors import Corrupt, InvalidSpec
from training_api.spec.files import read_json
from training_api.spec.job import JobSpec, problem_of
from training_api.spec.kinds import kind_of, spec_from
from training_api.spec.kinds.base import Kind, Spec
from training_api.spec.launch import Launch, Result


@dataclass(frozen=True)
class AttemptDirectory:
    """`attempts/N`: orchestrator writes fetch.json, launch.json and stop, the agent the rest."""

    path: Path
    number: int

    @property
    def fetch_path(self) -> Path:
        """Which fetch job brings the weights first, if they were not here."""
        return self.path / "fetch.json"

    @property
    def launch_path(self) -> Path:
        """What to start."""
        return self.path / "launch.json"

    @property
    def stop_path(self) -> Path:
        """Present once the user asked to stop."""
        return self.path / "stop"

    @property
    def agent_log(self) -> Path:
        """The agent's own output; the trainer's goes to the job's log.txt."""
        return self.path / "agent.log"

    @property
    def result_path(self) -> Path:
        """How the attempt ended."""
        return self.path / "result.json"

    @property
    def heartbeat_path(self) -> Path:
        """Beaten every 10 s."""
        return self.path / "heartbeat"

    @property
    def resources_path(self) -> Path:
        """JSON lines: time, cpu (percent of one core), memory (bytes)."""
        return self.path / "resources.jsonl"

    @property
    def endpoint_path(self) -> Path:
        """Where the agent's HTTP API listens."""
        return self.path / "endpoint.json"

    @property
    def lock_path(self) -> Path:
        """Locked (flock) by the agent and inherited by the trainer while either lives."""
        return self.path / "lock"

    @property
    def stop_requested(self) -> bool:
        """True once the orchestrator wrote `stop`."""
        return self.stop_path.exists()

    def launch(self) -> Launch:
        """Raises NotFound or Corrupt."""
        return Launch.load(self.launch_path)

    def result(self) -> Result | None:
        """The attempt's end, or None while there is none."""
        return Result.load(self.result_path) if self.result_path.exists() else None

    def is_locked(self) -> bool:
        """True while an agent or an orphaned trainer of this attempt lives."""
        if not self.lock_path.exists():
            return False
        with self.lock_path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            return False

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the lock and yield its inheritable descriptor. Raises BlockingIOError if held."""
        descriptor = os.open(self.lock_path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(descriptor)
            os.set_inheritable(descriptor, True)
            yield descriptor
        finally:
            os.close(descriptor)


def _take(descriptor: int) -> None:
    """Lock, patiently: `is_locked` of a process that looks on holds the lock for microseconds."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class JobDirectory:
    """A job's folder. Properties name its files; nothing here writes."""

    path: Path

    @property
    def spec_path(self) -> Path:
        """The explicit spec, written by the orchestrator when the job is accepted."""
        return self.path / "spec.json"

    @property
    def meta_path(self) -> Path:
        """Owner, tags, notes, creation time, dataset name."""
        return self.path / "meta.json"

    @property
    def log_path(self) -> Path:
        """The trainer's output of all attempts."""
        return self.path / "log.txt"

    @property
    def split_path(self) -> Path:
        """`{"schema": 1, "training": [stem], "validation": [stem], "sha256": hex}`."""
        return self.path / "split.json"

    @property
    def events_path(self) -> Path:
        """JSON lines; see training_api.spec.events."""
        return self.path / "events.jsonl"

    @property
    def profile_path(self) -> Path:
        """What a profile job measured; see training_api.spec.profile."""
        return self.path / "profile.json"

    @property
    def metrics_path(self) -> Path:
        """One CSV row per validation."""
        return self.path / "metrics.csv"

    @property
    def tensorboard_path(self) -> Path:
        """Folder of TensorBoard event files: scalars, one file per attempt."""
        return self.path / "tensorboard"

    @property
    def samples_path(self) -> Path:
        """Folder of validation samples, one subfolder per epoch."""
        return self.path / "samples"

    @property
    def checkpoints_path(self) -> Path:
        """Folder of checkpoints: `last two and best`."""
        return self.path / "checkpoints"

    def spec(self) -> JobSpec:
        """The spec of a training, also of one that is measured only.

        Raises NotFound, Corrupt or InvalidSpec.
        """
        spec = self.any_spec()
        if not isinstance(spec, JobSpec):
            raise InvalidSpec(f"{self.spec_path} is not the spec of a training.", field="kind")
        return spec

    def kind(self) -> Kind:
        """The kind of job. Raises NotFound, Corrupt or InvalidSpec."""
        return kind_of(self._document())

    def any_spec(self) -> Spec:
        """The spec of a job of any kind. Raises NotFound, Corrupt or InvalidSpec.

        InvalidSpec, at its field, is also what another release wrote and this one does not know.
        """
        try:
            return spec_from(self._document())
        except ValidationError as error:
            problem = problem_of(error.errors()[0])
            message = f"{self.spec_path}: {problem.message}"
            raise InvalidSpec(message, field=problem.field) from error

    def _document(self) -> dict[str, Any]:
        document = read_json(self.spec_path)
        if isinstance(document, dict):
            return document
        raise Corrupt(f"{self.spec_path} is not a JSON object. Restore or remove it.")

    def attempt(self, number: int) -> AttemptDirectory:
        """Attempt `number` (from 1), existing or not."""
        return AttemptDirectory(self.path / "attempts" / str(number), number)

    def attempts(self) -> list[AttemptDirectory]:
        """The attempts that have a launch.json, in order."""
        folder = self.path / "attempts"
        if not folder.is_dir():
            return []
        numbers = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())
        found = [self.attempt(number) for number in numbers]
        return [attempt for attempt in found if attempt.launch_path.exists()]
