"""Finding the running service, and what a killed one leaves behind."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from docker_sdk_api.home import Home, HomeInUse
from tests.command_line import free_port
from training_api.cli import orchestrator as module
from training_api.cli.api import Refused, Unreachable
from training_api.cli.orchestrator import orchestrator, running_service
from training_api.cli.own_orchestrator import own_orchestrator
from training_api.spec.errors import NotFound


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"url": 1}', '{"url": "http://127.0.0.1:PORT", "token": "x"}']
)
async def test_a_stale_announcement_is_no_service(tmp_path: Path, content: str) -> None:
    assert await running_service(tmp_path) is None
    (tmp_path / "service.json").write_text(content.replace("PORT", str(free_port())))
    assert await running_service(tmp_path) is None


async def test_without_a_service_the_command_is_it_and_others_find_it(tmp_path: Path) -> None:
    async with orchestrator(tmp_path) as api:
        assert (await api.get("jobs"))["jobs"] == []
        announced = json.loads((tmp_path / "service.json").read_text())
        assert (tmp_path / "service.json").stat().st_mode & 0o777 == 0o600
        async with orchestrator(tmp_path, own=False) as other:
            assert other.url == api.url == announced["url"]
            with pytest.raises(NotFound, match="no job 'x'"):
                await other.job("x")
    assert not (tmp_path / "service.json").exists()


async def test_its_api_is_behind_a_token(tmp_path: Path) -> None:
    async with own_orchestrator(tmp_path, admits=False) as service:
        async with module.Api(service.url, "wrong") as api:
            with pytest.raises(Refused) as caught:
                await api.get("jobs")
            assert caught.value.status == 401
            assert (await api.get("health"))["status"] == "ok"
        async with module.Api(service.url, service.token) as api:
            with pytest.raises(Refused, match="epochs: must be at least 1") as caught:
                await api.post("jobs", body={"name": "x", "hyper_parameters": {"epochs": 0}})
            assert caught.value.status == 422 and "dataset: is missing" in caught.value.message


async def test_where_a_service_is_wanted_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="segsmith serve"):
        async with orchestrator(tmp_path, own=False):
            raise AssertionError("reached")


async def test_a_part_alone_says_that_it_cannot_be_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the image of the orchestration, which has no inference."""
    monkeypatch.setitem(sys.modules, "inference_api", None)
    with pytest.raises(Unreachable, match=r"inference_api.*`segsmith serve --part orchestration`"):
        async with orchestrator(tmp_path):
            raise AssertionError("reached")
    assert not (tmp_path / "service.json").exists()


async def test_a_home_held_by_a_silent_process_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STARTING_SECONDS", 0.3)
    with Home(tmp_path).locked(), pytest.raises(HomeInUse, match="already works"):
        async with orchestrator(tmp_path):
            raise AssertionError("reached")


async def test_another_home_s_service_on_the_old_port_is_not_ours(tmp_path: Path) -> None:
    async with own_orchestrator(tmp_path / "a", admits=False):
        (tmp_path / "b").mkdir()
        text = (tmp_path / "a" / "service.json").read_text()
        (tmp_path / "b" / "service.json").write_text(text)
        assert await running_service(tmp_path / "a") is not None
        assert await running_service(tmp_path / "b") is None
