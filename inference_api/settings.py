"""What a prediction server may set."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from training_api.spec.closed import Closed


class Settings(Closed):
    """Settings of one server. Times are in seconds, sizes in bytes."""

    models_dir: Path
    children: int = Field(default_factory=lambda: min(2, os.cpu_count() or 1), ge=1, le=64)
    child_seconds: float = Field(120.0, gt=0)  # for decoding and predicting one image
    child_memory: int = Field(12 << 30, ge=1 << 30)  # address space of one child
    waiting: int = Field(16, ge=0)  # requests that may wait beyond those in work; then 503
