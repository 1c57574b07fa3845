"""The worker of fetch jobs: `python -m training_api.fetcher JOB_DIR ATTEMPT`."""

from __future__ import annotations

import sys
from pathlib import Path

from training_api.download import PAUSES
from training_api.fetch_journal import FetchJournal
from training_api.fetching import Fetching
from training_api.reasons import EXIT_TERMINATED
from training_api.signals import end_requests
from training_api.spec.directory import JobDirectory
from training_api.spec.files import read_json
from training_api.spec.kinds.fetch import FetchSpec
from training_api.stop_request import StopRequest
from training_api.weights.cache import WeightsCache
from training_api.weights.registry import weight_file
from training_api.worker import exit_code_of


def run_attempt(path: Path, number: int, pauses: tuple[float, ...] = PAUSES) -> int:
    """Fetch for the job directory `path`; the exit code. `pauses` are those between tries."""
    directory = JobDirectory(path)
    journal = FetchJournal(directory, number)
    return exit_code_of(lambda: _fetch(directory, number, journal, pauses), failed=journal.failed)


def _fetch(
    directory: JobDirectory, number: int, journal: FetchJournal, pauses: tuple[float, ...]
) -> int:
    """Bring the file that the job names; the exit code. Raises what ends the job otherwise."""
    attempt = directory.attempt(number)
    file = weight_file(FetchSpec.model_validate(read_json(directory.spec_path)).weights)
    cache = WeightsCache(Path(attempt.launch().weights_dir))
    stop = StopRequest(attempt)
    fetching = Fetching(file, cache, journal, stop, pauses)
    with end_requests(stop.terminate):
        journal.started(file)
        record = fetching.run()
    if record is not None:
        journal.finished(file, record, cache.record_path(file))
        return 0
    if stop.terminated:
        journal.notice("Ended from outside. What came so far is kept.")
        return EXIT_TERMINATED
    journal.stopped(file, fetching.kept)
    return 0


if __name__ == "__main__":
    sys.exit(run_attempt(Path(sys.argv[1]), int(sys.argv[2])))
