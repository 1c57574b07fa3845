"""Commands that pages name are ones that the reader's shell finds."""

from __future__ import annotations

import pytest

from gui.draft import Draft
from gui.weights_choice import NOTHING, weights_choice
from tests.unit.gui.gone_api import page_without_service

TOLD = {"SEGSMITH_COMMAND": "docker exec parts segsmith", "SEGSMITH_START": "docker start parts"}
CLONE = {"SEGSMITH_COMMAND": "segsmith", "SEGSMITH_START": "segsmith serve"}


@pytest.mark.parametrize(("told", "shown"), [(TOLD, TOLD), ({}, CLONE)], ids=["container", "clone"])
async def test_commands_are_those_of_the_installation(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], shown: dict[str, str]
) -> None:
    for name in TOLD:
        monkeypatch.setenv(name, told.get(name, ""))
    *_, classifier = weights_choice(Draft({}), NOTHING, can_freeze=False).sources
    assert f"`{shown['SEGSMITH_COMMAND']} weights add FOLDER`" in classifier.why_not
    assert f"“{shown['SEGSMITH_START']}”" in (await page_without_service()).text
