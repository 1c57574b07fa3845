"""Commands that pages name are ones that the reader's shell finds."""

from __future__ import annotations

import httpx
import pytest

from gui.app import create_app
from gui.draft import Draft
from gui.weights_choice import NOTHING, weights_choice

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
    assert f"“{shown['SEGSMITH_START']}”" in await page_without_service()


async def page_without_service() -> str:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://api")
    transport = httpx.ASGITransport(create_app(client))
    async with httpx.AsyncClient(transport=transport, base_url="http://segsmith") as pages:
        return (await pages.get("/")).text
