"""What `segsmith train` says and sends before a job begins."""

from __future__ import annotations

from typing import Any, cast

import pytest

from training_api.cli.api import Api, Refused
from training_api.cli.train import _submitted

CROP = "crop_size: U-Net takes multiples of 32 only, so crops are 32 pixels a side."
FOLLOWED = ("weights.name",)
SPEC = {"preset": "fast", "hyper_parameters": {"crop_size": 17}}


class OneNameTaken:
    """An API that knows a job of the name `taken` and warns of crops and of a fetch."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.known: dict[str, Any] = {}

    async def post(self, *parts: str, body: Any = None, key: str = "") -> dict[str, Any]:
        taken = body["name"] == "taken"
        if parts == ("specs", "check"):
            rows = [("hyper_parameters.crop_size", CROP), ("weights.name", "It is fetched.")]
            warnings = [{"field": field, "message": text} for field, text in rows]
            return {"warnings": [] if taken else warnings}
        assert parts == ("jobs",)
        if taken:
            self.known[key] = body
            raise Refused("The name is taken.", code="name_taken", status=422)
        assert self.known.setdefault(key, body) == body, "a key stands for one request"
        self.started.append(body)
        self.keys.append(key)
        return {"id": "job-1"}


async def test_what_is_done_differently_is_said_once() -> None:
    api, said = OneNameTaken(), list[str]()
    job = await _submitted(SPEC, "taken", said.append, FOLLOWED, numbered=True)(cast(Api, api))
    assert job == {"id": "job-1"} and api.started == [SPEC | {"name": "taken 2"}]
    assert said == [f"Warning: {CROP}"]


async def test_a_name_that_the_user_chose_is_not_changed() -> None:
    api, said = OneNameTaken(), list[str]()
    with pytest.raises(Refused, match="taken"):
        await _submitted(SPEC, "taken", said.append, FOLLOWED, numbered=False)(cast(Api, api))
    assert not api.started and not said


async def test_who_does_not_follow_hears_of_the_fetch_at_once() -> None:
    api, said = OneNameTaken(), list[str]()
    await _submitted(SPEC, "free", said.append, (), numbered=True)(cast(Api, api))
    assert said == [f"Warning: {CROP}", "Warning: It is fetched."]


async def test_the_same_start_is_the_same_request() -> None:
    api, said = OneNameTaken(), list[str]()
    start = _submitted(SPEC, "taken", said.append, FOLLOWED, numbered=True)
    await start(cast(Api, api))
    await start(cast(Api, api))
    assert said == [f"Warning: {CROP}"]
    assert api.keys[0] == api.keys[1] != ""
    other = _submitted(SPEC, "taken", lambda text: None, FOLLOWED, numbered=True)
    await other(cast(Api, api))
    assert api.keys[2] != api.keys[0]
