"""Checking a spec of any kind of job by the kind's own checker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from docker_sdk_api.specs.report import SpecReport
from training_api.spec.errors import InvalidSpec
from training_api.spec.kinds import kind_of


class Checker(Protocol):
    """What checks the specs of one kind. Blocking; decodes nothing."""

    def check(self, data: dict[str, Any]) -> SpecReport:
        """All problems of a spec document, complete or not."""
        ...


class KindChecker:
    """`by_kind` has a checker for the name of each kind."""

    def __init__(self, by_kind: Mapping[str, Checker]) -> None:
        self._by_kind = by_kind

    def check(self, data: dict[str, Any]) -> SpecReport:
        """All problems of a spec document, complete or not."""
        try:
            kind = kind_of(data)
        except InvalidSpec as problem:
            return SpecReport(None, [problem])
        return self._by_kind[kind.name].check(data)
