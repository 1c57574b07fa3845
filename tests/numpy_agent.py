"""An agent whose trainer has the NumPy engine: takes the place of an engine's interpreter.

`numpy_agent.py STEP_SECONDS -P -m training_api JOB_DIR N`
"""

from __future__ import annotations

import sys
from pathlib import Path

from training_api.agent import Agent
from training_api.spec.directory import JobDirectory

TRAINER = Path(__file__).with_name("numpy_trainer.py")


def interpreter(folder: Path, step_seconds: float = 0.0, memory: int = 1024) -> Path:
    """An executable for SEGSMITH_TORCH_PYTHON; each of its training steps takes that long.

    Batches of more than `memory` images are too many for it.
    """
    path = folder / "python"
    command = f'exec {sys.executable} {__file__} {step_seconds} "$@"'
    path.write_text(f"#!/bin/sh\nexport NUMPY_ENGINE_MEMORY={memory}\n{command}\n")
    path.chmod(0o755)
    return path


if __name__ == "__main__":
    command = [sys.executable, str(TRAINER), sys.argv[1]]
    sys.exit(Agent(JobDirectory(Path(sys.argv[-2])), int(sys.argv[-1]), command).run())
