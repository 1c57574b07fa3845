"""Checking the spec of a profile job: that of the training which it measures."""

from __future__ import annotations

from typing import Any

from docker_sdk_api.specs.kind_checker import Checker
from docker_sdk_api.specs.report import SpecReport
from training_api.spec.kinds.profile import ProfileSpec


class ProfileChecker:
    """`training` checks the specs of trainings."""

    def __init__(self, training: Checker) -> None:
        self._training = training

    def check(self, data: dict[str, Any]) -> SpecReport:
        """All problems of a spec document, complete or not."""
        report = self._training.check(data | {"kind": "train"})
        if report.spec is None:
            return report
        document = report.spec.document() | {"kind": "profile"}
        return SpecReport(ProfileSpec.model_validate(document), [], report.warnings)
