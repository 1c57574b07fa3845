"""One attempt of a training job, from its files to the published model."""

from __future__ import annotations

from pathlib import Path

from training_api.checkpoint_writer import CheckpointWriter
from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.composition import EngineFactory, Job, training_size
from training_api.dataset_reader import DatasetReader, cache_budget
from training_api.engines.base import Engine
from training_api.journal import Journal
from training_api.loader import Batch, Loader, Sampling
from training_api.loop import Loop
from training_api.prefetch import Prefetch
from training_api.progress import Progress
from training_api.publish import Publication
from training_api.reasons import EXIT_TERMINATED
from training_api.sample_images import SampleImages, chosen_stems
from training_api.signals import end_requests
from training_api.spec.directory import JobDirectory
from training_api.spec.split import DatasetSplit, split_of
from training_api.stop_request import StopRequest
from training_api.transforms.augment import Variation


class Training:
    """Sets a run up, lets it loop, publishes its best model. Construction reads files only."""

    def __init__(self, directory: JobDirectory, number: int, journal: Journal) -> None:
        self._journal = journal
        self._job = job = Job.load(directory, number)
        self._stop = StopRequest(job.attempt)
        self._store = CheckpointStore(directory.checkpoints_path, journal.notice)
        self._split = self._loaded_split()
        self._samples = {sample.stem: sample for sample in job.version.samples}
        self._parameters = job.hyper_parameters.model_copy(
            update={"batch_size": self._batch_size()}
        )
        training = [self._samples[stem] for stem in self._split.training]
        self._size = training_size(self._parameters, training, job.network)
        root = Path(job.launch.dataset_root)
        self._reader = DatasetReader(job.version, root, cache_budget())
        self._loader = Loader(self._reader, self._split, self._sampling(), self._parameters.workers)

    def run(self, factory: EngineFactory | None = None) -> int:
        """Train, publish, tell. Returns the exit code; raises what ends the run otherwise."""
        with end_requests(self._stop.terminate):
            return self._run(factory)

    def _run(self, factory: EngineFactory | None) -> int:
        self._store.sweep()
        self._reader.check_files()
        checkpoint = self._store.latest()
        if self._store.set_aside_after(checkpoint) and checkpoint is None:
            self._journal.notice("No checkpoint could be read; the training begins anew.")
        progress = self._progress(checkpoint)
        # Images are read while the framework is imported.
        with self._loader.training(progress.epoch, progress.epoch_step) as batches:
            training = [self._samples[stem] for stem in self._split.training]
            engine = self._job.engine(self._size, training, factory)
            if checkpoint is not None:
                engine.restore(checkpoint.tensors, checkpoint.engine)
            self._tell_start(engine, progress)
            complete = self._loop(engine, batches, progress, checkpoint)
        if self._stop.terminated and not complete:
            self._journal.notice("Ended from outside. A checkpoint was saved; the job can resume.")
            return EXIT_TERMINATED
        self._finish(engine, progress, complete)
        return 0

    def _loaded_split(self) -> DatasetSplit:
        """The split of the first attempt, or a new one."""
        job = self._job
        path = job.directory.split_path
        if path.exists():
            return DatasetSplit.load(path)
        split = split_of(job.version, job.spec.split, job.hyper_parameters.seed)
        split.save(path)
        return split

    def _batch_size(self) -> int:
        """The spec's, or the launch's where memory asked for less; at most the whole split."""
        asked = self._job.hyper_parameters.batch_size
        wanted = self._job.launch.batch_size or asked
        size = min(wanted, len(self._split.training))
        if wanted != asked:
            self._journal.notice(f"The batch size was lowered from {asked} to {wanted} for memory.")
        if size != wanted:
            self._journal.notice(
                f"The batch size was lowered from {wanted} to {size}: there are only {size} "
                "training images."
            )
        return size

    def _sampling(self) -> Sampling:
        given = self._parameters
        return Sampling(
            seed=given.seed,
            batch_size=given.batch_size,
            epochs=given.epochs,
            base_size=given.base_size,
            multiple=self._job.network.multiple,
            size=self._size,
            variation=Variation() if given.augment else None,
        )

    def _progress(self, checkpoint: Checkpoint | None) -> Progress:
        """Where to begin; a best model that was lost is found anew."""
        if checkpoint is None:
            return Progress(batch_size=self._parameters.batch_size)
        progress, steps = checkpoint.progress, self._loader.steps_per_epoch
        self._journal.say(f"Resuming from {checkpoint.name}.")
        progress.change_batch_size(self._parameters.batch_size, steps)
        if progress.best is not None and not self._has_best(checkpoint, progress.best["epoch"]):
            self._journal.notice("The best checkpoint was lost; the best is searched anew.")
            progress.best = None
            if progress.epoch > self._parameters.epochs:  # validate what there is
                progress.epoch, progress.epoch_step = self._parameters.epochs, steps
        return progress

    def _has_best(self, checkpoint: Checkpoint, epoch: int) -> bool:
        found = checkpoint if checkpoint.best else self._store.best()
        return found is not None and (found.progress.best or {}).get("epoch") == epoch

    def _tell_start(self, engine: Engine, progress: Progress) -> None:
        spec, facts = self._job.spec, engine.facts()
        self._journal.started(
            {
                "engine": spec.engine,
                "network": spec.network.name,
                "epochs": self._parameters.epochs,
                "steps_per_epoch": self._loader.steps_per_epoch,
                "training_images": len(self._split.training),
                "validation_images": len(self._split.validation),
                "classes": [entry.name for entry in self._job.version.classes],
                "first_epoch": progress.epoch,
                **{key: facts[key] for key in ("parameters", "device", "precision")},
            }
        )

    def _loop(
        self,
        engine: Engine,
        batches: Prefetch[Batch],
        progress: Progress,
        checkpoint: Checkpoint | None,
    ) -> bool:
        """Train; True unless stopped before the last epoch."""
        resumed_at = "" if checkpoint is None else checkpoint.name
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
        return SampleImages(
            directory.path, directory.samples_path, stems, version.classes, self._parameters.epochs
        )

    def _finish(self, engine: Engine, progress: Progress, complete: bool) -> None:
        """Publish the best weights, if there are any, and say how it went."""
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
                "epochs": progress.epoch - 1,
                "best_epoch": figures["epoch"],
                "best_miou": figures["miou"],
                "model_id": model_id,
                "stopped": not complete,
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
