"""What a training takes on this machine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class StepAdvice(BaseModel):
    """A step that fits the memory."""

    batch_size: int
    accumulation: int


class ProfileResult(BaseModel):
    """Seconds, bytes, pixels. `total_seconds` are from Start to the published model."""

    time: str
    device: str
    precision: str
    cpus: int
    parameters: int
    height: int
    width: int
    batch_size: int
    step_images: int
    training_images: int
    validation_images: int
    steps_per_epoch: int
    images_per_second: float
    step_seconds: float
    epoch_seconds: float
    total_seconds: float
    memory: int
    memory_free: int
    gpu_memory: int | None
    gpu_memory_free: int | None
    advice: StepAdvice | None


class ProfileAnswer(BaseModel):
    """What is known of a training. `fraction` is how much of the measurement is done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "state": "measuring",
                    "job_id": "job-3f2a9c81d04e",
                    "message": "",
                    "waiting_for": None,
                    "fraction": 0.5,
                    "result": None,
                }
            ]
        }
    )

    id: str
    state: Literal["unknown", "waiting", "measuring", "measured", "failed"]
    job_id: str | None
    message: str
    waiting_for: str | None
    fraction: float
    result: ProfileResult | None
