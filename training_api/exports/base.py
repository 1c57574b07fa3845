"""What an export does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from training_api.spec.hyper_parameters import EngineName

Record = dict[str, Any]


class Export(ABC):
    """Writes a trained network for another runtime and proves that both agree.

    The record goes into the model's manifest: target, status (`shipped` or `refused`), reason,
    files (in the export's folder), input (`dynamic` or [height, width]), images (how many the proof
    took), agreement (share of pixels with the same class), max_abs_difference (of logits).
    """

    target: ClassVar[str]
    engine: ClassVar[EngineName]

    @abstractmethod
    def export(self, engine: Any, images: list[NDArray[np.uint8]], folder: Path) -> Record:
        """Write into `folder` and return the record; `images` are H×W×3 RGB for the proof.

        `engine` has `preprocessing`, `predict` and `inference_module`. A target that fails or
        disagrees is refused in the record and leaves manifest.json only.
        """
