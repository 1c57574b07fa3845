"""The ProfileAnswer in its states."""

from __future__ import annotations

from typing import Any

from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.profile import Profile, estimate


def answer_of(key: str, state: str, **told: Any) -> dict[str, Any]:
    """In `state`, with what is told beside it."""
    empty = {"job_id": None, "message": "", "waiting_for": None, "fraction": 0.0, "result": None}
    return {"id": key, "state": state, **empty} | told


def measured_answer(key: str, profile: Profile, values: HyperParameters) -> dict[str, Any]:
    """What `profile` means for a training with these hyper-parameters."""
    found = estimate(profile, values).model_dump() | {
        "images_per_second": profile.images_per_second
    }
    result = profile.model_dump(mode="json") | found
    return answer_of(key, "measured", fraction=1.0, result=result)
