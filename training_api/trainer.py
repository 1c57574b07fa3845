"""The trainer process: `python -m training_api.trainer JOB_DIR ATTEMPT`.

Its standard output is the job's log. It exits with 0 when finished or stopped on request, else
with one of the codes in `training_api.reasons` after a `failed` event.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training_api.composition import EngineFactory


def main(arguments: list[str]) -> int:
    """Run one attempt. The first log line comes before anything that takes long to import."""
    path, number = Path(arguments[0]), int(arguments[1])
    name = _engine_name(path)
    print(f"Segsmith trainer, attempt {number}, {name} engine: setting up.", flush=True)
    return run_attempt(path, number)


def run_attempt(path: Path, number: int, factory: EngineFactory | None = None) -> int:
    """Train in the job directory `path`; returns the exit code. `factory` replaces the engine."""
    from training_api.journal import Journal
    from training_api.spec.directory import JobDirectory
    from training_api.training import Training
    from training_api.worker import exit_code_of

    directory = JobDirectory(path)
    journal = Journal(directory, number)
    return exit_code_of(
        lambda: Training(directory, number, journal).run(factory), failed=journal.failed
    )


def _engine_name(path: Path) -> str:
    try:
        return str(json.loads((path / "spec.json").read_bytes())["engine"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # all is on disk; a framework that crashes while it is torn down changes nothing
