"""Training: from a dataset version to a published model."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from training_api.spec.closed import Closed
from training_api.spec.events import Event
from training_api.spec.job import JobSpec
from training_api.spec.kinds.base import SMALLER_STEPS, Kind
from training_api.spec.launch import Launch


class Train(Kind):
    """Proven by the published model's manifest."""

    name: ClassVar[str] = "train"
    Document: ClassVar[type[Closed]] = JobSpec
    module: ClassVar[str] = "training_api.trainer"
    makes_model: ClassVar[bool] = True

    work: ClassVar[str] = "training"
    worker: ClassVar[str] = "trainer"
    on_resume: ClassVar[str] = "Resume it from its last checkpoint."
    unproven: ClassVar[str] = "its model is not in the models folder"
    need_less_memory: ClassVar[str] = f"{SMALLER_STEPS}, and train again."

    def proof(self, launch: Launch, finished: Event) -> Path | None:
        """The manifest of the model that the trainer names: it is written last."""
        model_id = finished.get("model_id")
        return Path(launch.models_dir) / str(model_id) / "manifest.json" if model_id else None

    def stopped(self, proven: bool) -> str:
        """The best model so far is published, if there was a validation."""
        return "The best model so far is published." if proven else "There is no model yet."


KIND = Train()
