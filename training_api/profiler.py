"""The worker of profile jobs: `python -m training_api.profiler JOB_DIR ATTEMPT`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training_api.composition import EngineFactory


def run_attempt(path: Path, number: int, factory: EngineFactory | None = None) -> int:
    """Measure for the job directory `path`; the exit code. `factory` replaces the engine."""
    from training_api.profile_journal import ProfileJournal
    from training_api.profiling import Profiling
    from training_api.spec.directory import JobDirectory
    from training_api.worker import exit_code_of

    directory = JobDirectory(path)
    journal = ProfileJournal(directory, number)
    return exit_code_of(
        lambda: Profiling(directory, number, journal).run(factory), failed=journal.failed
    )


if __name__ == "__main__":
    code = run_attempt(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.flush()
    os._exit(code)  # as the trainer: no framework is torn down
