"""What a pretended measurement finds."""

from __future__ import annotations

from training_api.spec.clock import now
from training_api.spec.profile import Profile


def pretended_profile() -> Profile:
    """Three steps of two seconds and five validation images of a fifth of one per epoch."""
    return Profile(
        time=now(),
        device="cpu",
        precision="float32",
        cpus=2,
        parameters=1000,
        height=32,
        width=32,
        batch_size=4,
        step_images=4,
        training_images=10,
        validation_images=5,
        setup_seconds=3.0,
        step_seconds=2.0,
        validation_seconds=0.2,
        keeping_seconds=0.5,
        publish_seconds=4.0,
        memory=1_900_000_000,
        memory_free=16_000_000_000,
        gpu_memory=None,
        gpu_memory_free=None,
        advice=None,
    )
