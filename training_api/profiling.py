"""Measuring a training without doing it: a few real steps, a few images of validation."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from training_api.composition import EngineFactory, Job
from training_api.dataset_reader import DatasetReader, cache_budget
from training_api.engines.base import Engine
from training_api.fitting import Memory, NoOtherTry, largest_batch
from training_api.image_cache import chosen_kind, kept_bytes
from training_api.loader import Batch, Loader, Sampling
from training_api.machine import ProcessMemory, children_peak, process_seconds
from training_api.networks.input_size import training_size
from training_api.prefetch import Prefetch
from training_api.profile_journal import ProfileJournal
from training_api.profile_parts import (
    LEARNING_RATE,
    keeping_seconds,
    publish_seconds,
    step_seconds,
    validation_seconds,
)
from training_api.publish import Publication
from training_api.reasons import EXIT_TERMINATED, reason_of
from training_api.sample_images import chosen_stems
from training_api.signals import end_requests
from training_api.spec.clock import now
from training_api.spec.dataset import Sample
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.profile import Profile, Step
from training_api.spec.split import DatasetSplit, digest_of, split_of
from training_api.step_size import fitted, images_per_step
from training_api.stop_request import StopRequest
from training_api.variation import Variation

PUBLISH_BEFORE = 30.0
"""Exports are measured while the job is not older than this; they count little for slow ones."""
PUBLISH_PASSES = 30
"""What exports and their proofs take otherwise, in passes over an image."""


class Stopped(Exception):
    """The user wants no measurement any more."""


class Profiling:
    """Sets a run up as a training does, and measures its parts. Construction reads files only."""

    def __init__(self, directory: JobDirectory, number: int, journal: ProfileJournal) -> None:
        self._directory, self._journal = directory, journal
        self._job = job = Job.load(directory, number)
        self._stop = StopRequest(job.attempt)
        self._split = split_of(job.version, job.spec.split, job.hyper_parameters.seed)
        self._samples = {sample.stem: sample for sample in job.version.samples}
        training = self._split.training
        self._values = fitted(job.hyper_parameters, job.launch, len(training), journal.notice)
        samples = [self._samples[stem] for stem in training]
        self._size = training_size(self._values, samples, job.network)
        self._reader = self._opened(samples)
        self._device: Memory | None = None

    def _opened(self, training: list[Sample]) -> DatasetReader:
        """A reader that keeps what a training would keep."""
        job, values, budget = self._job, self._values, cache_budget()
        validation = [self._samples[stem] for stem in self._split.validation]
        sizes = values.base_size, job.network.multiple
        kind = chosen_kind(values.cache, training, validation, sizes, budget)
        self._images = min(budget, kept_bytes(kind, training, validation, sizes))
        return DatasetReader(job.version, Path(job.launch.dataset_root), budget, kind)

    def run(self, factory: EngineFactory | None = None) -> int:
        """Measure, write the result, tell. Returns the exit code; raises what prevents it."""
        with end_requests(self._stop.terminate):
            try:
                profile = self._measured(factory)
            except Stopped:
                if self._stop.terminated:
                    return EXIT_TERMINATED
                self._journal.stopped()
                return 0
        path = self._directory.profile_path.resolve()
        profile.save(path)
        self._journal.finished(profile, path)
        return 0

    def _measured(self, factory: EngineFactory | None) -> Profile:
        self._begin(0)
        free = ProcessMemory().now() + ProcessMemory().free()
        with closing(self._engine(factory)) as engine:
            seconds = {"setup_seconds": process_seconds()}
            batch = self._fitting_batch(engine)
            self._begin(1)
            seconds["step_seconds"] = self._step_seconds(engine, batch)
            others = children_peak()  # the processes of further devices
        self._begin(2)
        seconds["validation_seconds"] = validation = self._validation_seconds(engine)
        memory = ProcessMemory().peak() + others + self._images_to_come()
        self._begin(3)
        folder = self._directory.checkpoints_path
        seconds["keeping_seconds"] = keeping_seconds(engine, folder)
        seconds["publish_seconds"] = self._publish_seconds(engine, validation)
        return Profile(
            time=now(),
            **self._facts(engine),
            **seconds,
            memory=memory,
            memory_free=free,
            gpu_memory=self._device.peak() if self._device else None,
            gpu_memory_free=self._device.free() if self._device else None,
            advice=self._advice(batch),
        )

    def _engine(self, factory: EngineFactory | None) -> Engine:
        samples = [self._samples[stem] for stem in self._split.training]
        return self._job.engine(
            self._size, samples, factory, parameters=self._values, failed=self._journal.failed
        )

    def _facts(self, engine: Engine) -> dict[str, Any]:
        """What was measured."""
        told = engine.facts()
        return {
            **{key: told[key] for key in ("device", "precision", "parameters")},
            "cpus": self._job.launch.cpus,
            "height": self._size[0],
            "width": self._size[1],
            "batch_size": self._values.batch_size,
            "step_images": images_per_step(self._values),
            "training_images": len(self._split.training),
            "validation_images": len(self._split.validation),
        }

    def _advice(self, batch: int) -> Step | None:
        """The spec's step in smaller parts, where only `batch` images fit at a time."""
        values = self._values
        if batch == values.batch_size:
            return None
        return Step(batch_size=batch, accumulation=-(-images_per_step(values) // batch))

    def _begin(self, part: int) -> None:
        """Tell of a part that begins, unless a stop was asked for."""
        self._check()
        self._journal.part(part)

    def _check(self) -> None:
        if self._stop():
            raise Stopped

    def _fitting_batch(self, engine: Engine) -> int:
        """As many images per step as the spec asks for, or as fit."""
        launch, name = self._job.launch, self._job.spec.engine
        if launch.devices[0] != "cpu" and name is EngineName.torch:
            from training_api.engines.torch_memory import DeviceMemory

            self._device = DeviceMemory(launch.devices[0])
        with self._batches(self._values.batch_size) as batches:
            given = next(batches)

        devices = len(launch.devices)

        def step(count: int) -> None:
            self._check()
            images = count * devices
            try:
                engine.train_step(given.images[:images], given.labels[:images], LEARNING_RATE)
            except Exception as error:
                if engine.ends_by_fault and reason_of(error)[0] is ReasonCode.out_of_memory:
                    raise NoOtherTry(images, devices) from error
                raise

        each = self._values.batch_size // devices
        return devices * largest_batch(step, each, self._device or ProcessMemory())

    def _step_seconds(self, engine: Engine, batch: int) -> float:
        """Of a whole step, of which only `batch` images may fit at a time."""
        whole = images_per_step(self._values)
        images = whole if batch == self._values.batch_size else batch
        with self._batches(images) as batches:
            took = step_seconds(engine, batches, self._values.workers + 3, self._check)
        return took * whole / images

    def _validation_seconds(self, engine: Engine) -> float:
        classes, size = len(self._job.version.classes), self._values.validation_batch_size
        with self._loader(self._split, 1).validation(size) as batches:
            return validation_seconds(engine, batches, classes, self._check)

    def _publish_seconds(self, engine: Engine, validation: float) -> float:
        """Measured where that is quick, else estimated."""
        if process_seconds() > PUBLISH_BEFORE:
            return PUBLISH_PASSES * validation
        stems = chosen_stems([self._samples[stem] for stem in self._split.validation])
        images = [self._reader.full(stem)[0] for stem in stems]
        publication = Publication(
            self._job, self._size, engine, {}, self._split, images, self._journal.say
        )
        return publish_seconds(publication, self._directory.path / "model")

    def _images_to_come(self) -> int:
        """Bytes of images that a whole run keeps beyond those that are kept already."""
        return max(0, self._images - self._reader.kept)

    def _batches(self, size: int) -> Prefetch[Batch]:
        """Batches without end of a few images, which are soon in memory as in later epochs."""
        few = self._split.training[: max(4 * size, 8)]
        split = DatasetSplit(training=few, validation=[], sha256=digest_of(few, []))
        return self._loader(split, size).training(1, 0)

    def _loader(self, split: DatasetSplit, batch: int) -> Loader:
        values = self._values
        sampling = Sampling(
            seed=values.seed,
            batch_size=batch,
            epochs=1_000_000,
            base_size=values.base_size,
            multiple=self._job.network.multiple,
            size=self._size,
            variation=Variation(self._job.augmentations),
        )
        return Loader(self._reader, split, sampling, values.workers)
