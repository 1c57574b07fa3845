"""The trainer with the NumPy engine, as a process: `numpy_trainer.py STEP_SECONDS JOB_DIR N`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.numpy_engine import NumpyEngine
from training_api.engines.base import Images, Labels
from training_api.trainer import run_attempt


class Paced(NumpyEngine):
    """As slow and as short of memory as a test wants it."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        at_a_time = min(len(images), self._setup.hyper_parameters.batch_size)
        if at_a_time > int(os.environ.get("NUMPY_ENGINE_MEMORY", "1024")):
            raise MemoryError
        time.sleep(float(sys.argv[1]))
        return super().train_step(images, labels, learning_rate)


if __name__ == "__main__":
    print("Segsmith trainer, numpy engine", flush=True)
    sys.exit(run_attempt(Path(sys.argv[2]), int(sys.argv[3]), Paced))
