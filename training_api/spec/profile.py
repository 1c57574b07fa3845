"""What a profile job measures, and how long and how large a training is by it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from training_api.spec.cadence import Cadence
from training_api.spec.closed import Record
from training_api.spec.files import read_json, write_json
from training_api.spec.hyper_parameters import HyperParameters


class Step(Record):
    """How many images a step takes at a time, and how many such parts make one step."""

    batch_size: int
    accumulation: int


class Profile(Record):
    """`profile.json`: what a training's parts took. Seconds, bytes, pixels.

    `advice` is a step that fits the memory, None if the spec's does.
    """

    schema_: Literal[1] = 1
    time: str
    device: str
    precision: str
    cpus: int
    parameters: int
    height: int
    width: int
    batch_size: int
    step_images: int  # of all the batches whose gradients are added up
    training_images: int
    validation_images: int
    setup_seconds: float  # from the start of the process to the first step
    step_seconds: float
    validation_seconds: float  # per image
    keeping_seconds: float  # of a checkpoint
    publish_seconds: float
    memory: int  # of the processes and their images
    memory_free: int  # that it may take
    gpu_memory: int | None
    gpu_memory_free: int | None
    advice: Step | None

    @property
    def images_per_second(self) -> float:
        """In training."""
        return self.step_images / self.step_seconds

    def save(self, path: Path) -> None:
        """Write atomically."""
        write_json(path, self.model_dump(mode="json"))

    @classmethod
    def load(cls, path: Path) -> Profile:
        """Read; raises NotFound or Corrupt."""
        return cls.model_validate(read_json(path))


class Estimate(Record):
    """A training by its profile: seconds of an epoch with its validation, and in total."""

    steps_per_epoch: int
    epoch_seconds: float
    total_seconds: float


def estimate(profile: Profile, values: HyperParameters) -> Estimate:
    """What a run with `values` takes; early stopping is not foreseen."""
    per_epoch = -(-profile.training_images // profile.step_images)
    cadence = Cadence.of(values, per_epoch)
    training = cadence.steps * profile.step_seconds
    validating = cadence.validations * profile.validation_images * profile.validation_seconds
    running = training + validating + profile.keeping_seconds
    if values.max_minutes:
        running = min(running, 60 * values.max_minutes)
    epochs = cadence.steps / per_epoch
    return Estimate(
        steps_per_epoch=per_epoch,
        epoch_seconds=(training + validating) / epochs,
        total_seconds=profile.setup_seconds + running + profile.publish_seconds,
    )
