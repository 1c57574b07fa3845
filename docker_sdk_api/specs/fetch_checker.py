"""Checking the spec of a fetch job: its name, and that there are such weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from docker_sdk_api.specs.report import SpecReport
from training_api.spec.errors import InvalidSpec, SegsmithError
from training_api.spec.job import problem_of
from training_api.spec.kinds.fetch import FetchSpec
from training_api.weights.registry import weight_file


class FetchChecker:
    """`name_problems` says why a job cannot be called so."""

    def __init__(self, name_problems: Callable[[str], list[SegsmithError]]) -> None:
        self._name_problems = name_problems

    def check(self, data: dict[str, Any]) -> SpecReport:
        """All problems of a spec document."""
        try:
            spec = FetchSpec.model_validate(data)
        except ValidationError as error:
            return SpecReport(None, [problem_of(item) for item in error.errors()])
        problems = self._name_problems(spec.name)
        try:
            weight_file(spec.weights)
        except InvalidSpec as problem:
            problems.append(InvalidSpec(problem.message, field="weights"))
        return SpecReport(None if problems else spec, problems)
