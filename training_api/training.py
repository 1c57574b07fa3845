"""One attempt of a training job, from its files to the published model."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from training_api.checkpoint_writer import CheckpointWriter
from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.composition import EngineFactory, Job
from training_api.dataset_reader import DatasetReader, cache_budget
from training_api.engines.base import Engine
from training_api.first_weights import take_first_weights
from training_api.image_cache import chosen_kind
from training_api.journal import Journal
from training_api.loader import Batch, Loader, Sampling
from training_api.loop import Loop
from training_api.networks.input_size import training_size
from training_api.prefetch import Prefetch
from training_api.progress import Progress
from training_api.publish import Publication
from training_api.reasons import EXIT_TERMINATED
from training_api.resumption import Resumption
from training_api.sample_images import SampleImages, chosen_stems
from training_api.signals import end_requests
from training_api.spec.best_by import deciding_class
from training_api.spec.cadence import Cadence
from training_api.spec.dataset import Sample
from training_api.spec.directory import JobDirectory
from training_api.spec.split import DatasetSplit, split_of
from training_api.step_size import fitted, images_per_step
from training_api.stop_request import StopRequest
from training_api.variation import Variation


class Training:
    """Sets a run up, lets it loop, publishes its best model. Construction reads files only."""

    def __init__(self, directory: JobDirectory, number: int, journal: Journal) -> None:
        self._journal = journal
        self._job = job = Job.load(directory, number)
        self._stop = StopRequest(job.attempt)
        self._store = CheckpointStore(directory.checkpoints_path, journal.notice)
        self._split = self._loaded_split()
        self._samples = {sample.stem: sample for sample in job.version.samples}
        self._parameters = fitted(
            job.hyper_parameters, job.launch, len(self._split.training), journal.notice
        )
        training = [self._samples[stem] for stem in self._split.training]
        self._size = training_size(self._parameters, training, job.network)
        self._reader = self._opened(training)
        self._loader = Loader(self._reader, self._split, self._sampling(), self._parameters.workers)
        self._cadence = Cadence.of(self._parameters, self._loader.steps_per_epoch)
        names = [entry.name for entry in job.version.classes]
        self._best_class = deciding_class(self._parameters.best_by, names)

    def run(self, factory: EngineFactory | None = None) -> int:
        """Train, publish, tell. Returns the exit code; raises what ends the run otherwise."""
        with end_requests(self._stop.terminate):
            return self._run(factory)

    def _run(self, factory: EngineFactory | None) -> int:
        self._reader.check_files()
        start = Resumption.find(self._store, self._journal)
        progress, checkpoint = start.progress, start.checkpoint
        progress.change_batch_size(images_per_step(self._parameters), len(self._split.training))
        # Images are read while the framework is imported.
        with (
            self._loader.training(progress.epoch, progress.epoch_step) as batches,
            closing(self._engine(factory)) as engine,
        ):
            if checkpoint is None:
                take_first_weights(engine, self._job, self._journal)
            else:
                engine.restore(checkpoint.tensors, checkpoint.engine)
            self._tell_start(engine, progress)
            ending = self._loop(engine, batches, progress, start.name)
        if self._stop.terminated and ending is None:
            self._journal.notice("Ended from outside. A checkpoint was saved; the job can resume.")
            return EXIT_TERMINATED
        self._finish(engine, progress, ending)
        return 0

    def _engine(self, factory: EngineFactory | None) -> Engine:
        samples = [self._samples[stem] for stem in self._split.training]
        return self._job.engine(
            self._size, samples, factory, parameters=self._parameters, failed=self._journal.failed
        )

    def _opened(self, training: list[Sample]) -> DatasetReader:
        """A reader that keeps in memory what the spec asks for and what fits."""
        job, values, budget = self._job, self._parameters, cache_budget()
        validation = [self._samples[stem] for stem in self._split.validation]
        sizes = values.base_size, job.network.multiple
        kind = chosen_kind(values.cache, training, validation, sizes, budget)
        return DatasetReader(job.version, Path(job.launch.dataset_root), budget, kind)

    def _loaded_split(self) -> DatasetSplit:
        """The split of the first attempt, or a new one."""
        job = self._job
        path = job.directory.split_path
        if path.exists():
            return DatasetSplit.load(path)
        split = split_of(job.version, job.spec.split, job.hyper_parameters.seed)
        split.save(path)
        return split

    def _sampling(self) -> Sampling:
        given = self._parameters
        return Sampling(
            seed=given.seed,
            batch_size=images_per_step(given),
            epochs=given.epochs,
            base_size=given.base_size,
            multiple=self._job.network.multiple,
            size=self._size,
            variation=Variation(self._job.augmentations),
        )

    def _tell_start(self, engine: Engine, progress: Progress) -> None:
        spec, facts = self._job.spec, engine.facts()
        known = progress.step if progress.is_validated else max(0, progress.step - 1)
        # A run that ended between an epoch's last step and its validation is still in that epoch.
        pending = self._cadence.is_due(progress.step) and not progress.is_validated
        begun = progress.step - 1 if pending else progress.step
        self._journal.started(
            {
                "engine": spec.engine,
                "network": spec.network.name,
                "epochs": self._cadence.epochs,
                "steps_per_epoch": self._cadence.per_epoch,
                "training_images": len(self._split.training),
                "validation_images": len(self._split.validation),
                "classes": [entry.name for entry in self._job.version.classes],
                "first_epoch": begun // self._cadence.per_epoch + 1,
                "after_epoch": self._cadence.epochs_done(known),
                "size": list(self._size),
                "batch_size": self._parameters.batch_size,
                "cpus": self._job.launch.cpus,
                **{key: facts[key] for key in ("parameters", "device", "precision")},
            }
        )

    def _loop(
        self,
        engine: Engine,
        batches: Prefetch[Batch],
        progress: Progress,
        resumed_at: str,
    ) -> str | None:
        """Train; why the run ended, None if it was stopped before."""
        journal = self._journal
        writer = CheckpointWriter(
            self._store, engine.state, journal.checkpoint, journal.notice, resumed_at
        )
        try:
            return Loop(
                engine=engine,
                loader=self._loader,
                batches=batches,
                hyper_parameters=self._parameters,
                cadence=self._cadence,
                best_class=self._best_class,
                classes=len(self._job.version.classes),
                validation_images=len(self._split.validation),
                progress=progress,
                checkpoints=writer,
                samples=self._sample_images(),
                journal=journal,
                stopped=self._stop,
            ).run()
        finally:
            writer.close()

    def _sample_images(self) -> SampleImages:
        directory, version = self._job.directory, self._job.version
        stems = chosen_stems([self._samples[stem] for stem in self._split.validation])
        validations = self._cadence.validations
        return SampleImages(
            directory.path, directory.samples_path, stems, version.classes, validations
        )

    def _finish(self, engine: Engine, progress: Progress, ending: str | None) -> None:
        """Publish the best weights, if there are any, and say how it went."""
        if ending:
            self._journal.notice(ending)
        best = self._store.best()
        model_id = None if best is None else self._publish(engine, best)
        if best is None:
            self._journal.notice(
                "Stopped before the first validation: there is no model yet. Resume the job to "
                "go on from here."
            )
        figures = progress.best or {"epoch": None, "miou": None}
        self._journal.finished(
            {
                "epochs": self._cadence.epochs_done(progress.step),
                "ended": ending or "",
                "best_epoch": figures["epoch"],
                "best_miou": figures["miou"],
                "model_id": model_id,
                "stopped": ending is None,
                "seconds": progress.seconds,
                "images_per_second": progress.images_per_second,
            }
        )

    def _publish(self, engine: Engine, best: Checkpoint) -> str:
        engine.restore(best.tensors, best.engine)
        stems = chosen_stems([self._samples[stem] for stem in self._split.validation])
        publication = Publication(
            job=self._job,
            size=self._size,
            engine=engine,
            figures=best.progress.best or {},
            split=self._split,
            images=[self._reader.full(stem)[0] for stem in stems],
            say=self._journal.say,
        )
        return publication.publish()
