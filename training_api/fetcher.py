"""The worker of fetch jobs: `python -m training_api.fetcher JOB_DIR ATTEMPT`."""

from __future__ import annotations

import sys
from pathlib import Path

from training_api.download import PAUSES
from training_api.fetch_journal import FetchJournal
from training_api.fetching import Fetching
from training_api.spec.directory import JobDirectory
from training_api.worker import exit_code_of


def run_attempt(path: Path, number: int, pauses: tuple[float, ...] = PAUSES) -> int:
    """Fetch for the job directory `path`; the exit code. `pauses` are those between tries."""
    directory = JobDirectory(path)
    journal = FetchJournal(directory, number)
    return exit_code_of(
        lambda: Fetching(directory, number, journal, pauses).run(), failed=journal.failed
    )


if __name__ == "__main__":
    sys.exit(run_attempt(Path(sys.argv[1]), int(sys.argv[2])))
