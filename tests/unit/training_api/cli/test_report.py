"""How a command finds the service that its job begins with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from training_api.cli import report as module
from training_api.cli.api import Api, Unreachable
from training_api.cli.report import Report


class Service:
    """One that answers, or has just gone."""

    def __init__(self, answers: bool) -> None:
        self.answers = answers


async def start(api: Any) -> dict[str, Any]:
    """A job, if the service answers."""
    if not api.answers:
        raise Unreachable("The service does not answer.")
    return {"id": "job-1"}


def found(monkeypatch: pytest.MonkeyPatch, *services: Service) -> list[Service]:
    """Let commands find these services, one after the other; those that they leave are listed."""
    coming, left = iter(services), list[Service]()

    @asynccontextmanager
    async def orchestrator(home: Path) -> AsyncIterator[Service]:
        service = next(coming)
        yield service
        left.append(service)

    monkeypatch.setattr(module, "orchestrator", orchestrator)
    return left


async def begun(tmp_path: Path) -> tuple[Api, dict[str, Any]]:
    async with Report(tmp_path, as_json=False)._begun(start) as pair:
        return pair


async def test_a_service_that_ends_before_it_is_asked_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other = Service(answers=False), Service(answers=True)
    left = found(monkeypatch, gone, other)
    assert await begun(tmp_path) == (other, {"id": "job-1"})
    assert left == [other, gone]


async def test_a_second_one_that_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(monkeypatch, Service(answers=False), Service(answers=False), Service(answers=True))
    with pytest.raises(Unreachable, match="does not answer"):
        await begun(tmp_path)
