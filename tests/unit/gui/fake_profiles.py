"""Measurements that go on by one look at a time."""

from __future__ import annotations

import json
from typing import Any

from docker_sdk_api.profiles.answer import answer_of, measured_answer
from docker_sdk_api.runners.fake_profile import pretended_profile
from training_api.spec.job import JobSpec
from training_api.spec.profile import Step

LOOKS = 2
"""How often one sees a measurement under way."""


class FakeProfiles:
    """`asked` counts the measurements that were started; `advice` and `failure` are what comes."""

    def __init__(self) -> None:
        self.asked = 0
        self.advice: Step | None = None
        self.failure = ""
        self._looks: dict[str, int] = {}

    def answer(self, place: list[str], spec: dict[str, Any]) -> dict[str, Any]:
        """Of POST /profiles and /profiles/known."""
        named = spec | {"name": "x"}
        values = JobSpec.model_validate(named).hyper_parameters
        key = json.dumps([spec["dataset"], spec.get("network"), values.batch_size])
        if not place and key not in self._looks:
            self.asked += 1
            self._looks[key] = 0
        if key not in self._looks:
            return answer_of(key, "unknown")
        self._looks[key] += 1
        if self._looks[key] <= LOOKS:
            return answer_of(key, "measuring", job_id="j-measuring", fraction=0.5)
        if self.failure:
            return answer_of(key, "failed", message=self.failure)
        profile = pretended_profile().model_copy(update={"advice": self.advice})
        return measured_answer(key, profile, values)
