"""What an agent and its trainer leave in a job directory, without any training."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from docker_sdk_api.runners.fake_profile import pretended_profile
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetClass
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.events import EventWriter
from training_api.spec.files import sha256_of, write_atomically
from training_api.spec.job import JobSpec
from training_api.spec.kinds.fetch import Fetch, FetchSpec
from training_api.spec.kinds.profile import Profiling
from training_api.spec.launch import Heartbeat, Result
from training_api.spec.model import ModelManifest, Preprocessing
from training_api.spec.states import JobState
from training_api.weights.cache import WeightsCache
from training_api.weights.registry import weight_file


class Conduct(StrEnum):
    """How a fake attempt behaves."""

    normal = "normal"  # trains its steps and publishes a model
    slow = "slow"  # takes long to come up
    dying = "dying"  # vanishes in the middle and leaves no result
    never_starting = "never_starting"  # is there, but never comes up
    offline = "offline"  # trains as usual; a download finds no connection


@dataclass(frozen=True)
class FakeAgent:
    """One pretended attempt. `epochs` of one step each, `seconds` apart; batches of more than
    `memory` images are too many.
    """

    directory: JobDirectory
    attempt: AttemptDirectory
    conduct: Conduct
    epochs: int
    seconds: float
    memory: int = 1024

    async def run(self) -> None:
        """Write what the real ones write, in their order; cancelling it is a kill."""
        if self.conduct is Conduct.never_starting:
            await asyncio.Event().wait()
        if self.conduct is Conduct.slow:
            await asyncio.sleep(20 * self.seconds)
        with self.attempt.locked():
            started = now()
            self._beat()
            if self._batch() > self.memory:
                self._run_out_of_memory(started)
                return
            if self.directory.kind().name == Profiling.name:
                self._measure(started)
                return
            if self.directory.kind().name == Fetch.name:
                await self._fetch(started)
                return
            stopped = await self._train()
            if stopped is None:
                return
            model_id = self._publish()
            figures = {
                "best_miou": 0.5,
                "best_epoch": 1,
                "images_per_second": 1 / max(self.seconds, 1e-3),
            }
            self._event("finished", model_id=model_id, stopped=stopped, **figures)
            state = JobState.cancelled if stopped else JobState.succeeded
            Result(
                attempt=self.attempt.number,
                state=state,
                exit_code=0,
                model_id=model_id,
                started=started,
                ended=now(),
            ).save(self.attempt.result_path)

    def _batch(self) -> int:
        spec = self.directory.any_spec()
        if not isinstance(spec, JobSpec):
            return 0
        return self.attempt.launch().batch_size or spec.hyper_parameters.batch_size

    def _measure(self, started: str) -> None:
        path = self.directory.profile_path
        pretended_profile().save(path)
        self._event("finished", profile=str(path), stopped=False, seconds=1.0)
        state = JobState.succeeded
        result = Result(attempt=self.attempt.number, state=state, started=started, ended=now())
        result.save(self.attempt.result_path)

    async def _fetch(self, started: str) -> None:
        """A download that lasts until somebody places the file, or until it is stopped."""
        spec = self.directory.any_spec()
        assert isinstance(spec, FetchSpec)
        self._event("progress", bytes=1_000_000, total_bytes=4_000_000, seconds=1.0)
        end: dict[str, Any] = {"state": JobState.succeeded}
        cache, file = (
            WeightsCache(Path(self.attempt.launch().weights_dir)),
            weight_file(spec.weights),
        )
        while cache.present(file) is None:
            if self.attempt.stop_requested:
                end = {"state": JobState.cancelled, "message": "Stopped on request."}
                break
            if self.conduct is Conduct.offline:
                message = "There is no connection to a.host."
                end = {"state": JobState.failed, "reason": ReasonCode.no_connection}
                end["message"] = message
                break
            await asyncio.sleep(self.seconds)
        result = Result(attempt=self.attempt.number, started=started, ended=now(), **end)
        result.save(self.attempt.result_path)

    def _run_out_of_memory(self, started: str) -> None:
        reason, message = ReasonCode.out_of_memory, "There was not enough memory."
        self._event("started", epochs=self.epochs, first_epoch=1, batch_size=self._batch())
        self._event("failed", reason=reason, message=message)
        Result(
            attempt=self.attempt.number,
            state=JobState.failed,
            reason=reason,
            message=message,
            exit_code=1,
            started=started,
            ended=now(),
        ).save(self.attempt.result_path)

    async def _train(self) -> bool | None:
        """True if it was stopped, None if it dies."""
        self._log(f"Fake trainer, attempt {self.attempt.number}")
        batch = {"size": [64, 96], "batch_size": 1, "cpus": 1, "device": "cpu"}
        classes = {"classes": ["background", "part"], "precision": "float32"}
        self._event("started", epochs=self.epochs, first_epoch=1, **batch, **classes)
        for epoch in range(1, self.epochs + 1):
            if self.attempt.stop_requested:
                return True
            self._step(epoch)
            await asyncio.sleep(self.seconds)
            if self.conduct is Conduct.dying and 2 * epoch >= self.epochs:
                return None
        return False

    def _step(self, epoch: int) -> None:
        progress = {"epoch": epoch, "epochs": self.epochs, "step": epoch, "steps": self.epochs}
        self._event(
            "progress",
            **progress,
            loss=1 / epoch,
            lr=0.1,
            images_per_second=1 / max(self.seconds, 1e-3),
            seconds=epoch * self.seconds,
            remaining_seconds=(self.epochs - epoch) * self.seconds,
        )
        scores = {"miou": 0.5, "iou": [0.9, 0.1], "best": epoch == 1}
        self._event("validation", epoch=epoch, step=epoch, **scores)
        self._log(f"epoch {epoch}:   0%\repoch {epoch}: 100%")

    def _beat(self) -> None:
        beat = Heartbeat(time=now(), agent_pid=os.getpid())
        write_atomically(self.attempt.heartbeat_path, beat.model_dump_json().encode())

    def _event(self, event: str, **fields: Any) -> None:
        EventWriter(self.directory.events_path, self.attempt.number).write(event, **fields)

    def _log(self, line: str) -> None:
        with self.directory.log_path.open("a", newline="") as file:
            file.write(line + "\n")

    def _publish(self) -> str:
        launch, spec = self.attempt.launch(), self.directory.spec()
        folder = Path(launch.models_dir) / launch.model_id
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "palette.txt", b"0\n0\n0\n230\n159\n0\n")
        ModelManifest(
            id=launch.model_id,
            name=spec.name,
            created=now(),
            job_id=launch.job_id,
            engine=spec.engine,
            network=spec.network.model_dump(mode="json"),
            dataset={"id": spec.dataset, "name": spec.dataset},
            classes=[
                DatasetClass(id=0, name="background", colour=(0, 0, 0)),
                DatasetClass(id=1, name="part", colour=(230, 159, 0)),
            ],
            preprocessing=Preprocessing(base_size=0),
            metrics={"miou": 0.5, "iou": [0.9, 0.1], "epoch": 1},
            spec=spec.document(),
            environment={},
            licences={},
            exports={},
            files={"palette.txt": sha256_of(folder / "palette.txt")},
        ).save(folder)
        return launch.model_id
