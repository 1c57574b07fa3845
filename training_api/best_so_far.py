"""The best weights of a job that still trains: `python -m training_api.best_so_far JOB_DIR OUT`.

Writes a model folder (without exports, which take long) for download, in the engine's environment.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.composition import Job
from training_api.engines.base import Engine
from training_api.networks.input_size import training_size
from training_api.publish import Publication
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import NotFound, SegsmithError
from training_api.spec.split import DatasetSplit
from training_api.transforms.resize import Size

_TRIES = 3


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit code, 2 after a sentence on standard error."""
    try:
        write_model(JobDirectory(Path(arguments[0])), Path(arguments[1]))
    except SegsmithError as error:
        print(error.message, file=sys.stderr)
        return 2
    return 0


def best_checkpoint(directory: JobDirectory) -> Checkpoint:
    """The best checkpoint so far. Raises NotFound while there is none.

    The trainer may remove one while it is read, having published a better one: it is read again.
    """
    store = CheckpointStore(directory.checkpoints_path)
    for _ in range(_TRIES):
        best = store.best()
        if best is not None:
            return best
        time.sleep(0.2)
    raise NotFound("There is no validated model yet. Wait for the end of the first epoch.")


def load_best(directory: JobDirectory) -> tuple[Job, Engine, Checkpoint, Size]:
    """The job, its engine with the best weights, their checkpoint, the training size."""
    best = best_checkpoint(directory)
    job = Job.load(directory, directory.attempts()[-1].number)
    chosen = set(DatasetSplit.load(directory.split_path).training)
    samples = [sample for sample in job.version.samples if sample.stem in chosen]
    size = training_size(job.hyper_parameters, samples, job.network)
    one = job.launch.devices[:1]
    engine = job.engine(size, samples, cpus=1, devices=one)  # the rest belongs to the training
    engine.restore(best.tensors, best.engine)
    return job, engine, best, size


def write_model(directory: JobDirectory, folder: Path) -> None:
    """Write the best model so far into the empty `folder`."""
    job, engine, best, size = load_best(directory)
    Publication(
        job=job,
        size=size,
        engine=engine,
        figures=best.progress.best or {},
        split=DatasetSplit.load(directory.split_path),
        images=[],
        say=lambda text: None,
    ).write(folder, with_exports=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
