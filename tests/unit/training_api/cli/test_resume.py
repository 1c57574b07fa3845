"""What `segsmith resume` asks for when its first request got no answer."""

from __future__ import annotations

from typing import Any, cast

import pytest

from training_api.cli.api import Api, Refused, Unreachable
from training_api.cli.resume import _resumed


class OneJob:
    """An API with a job in `state`; if it `breaks_off` it obeys and says nothing."""

    def __init__(self, state: str, *, breaks_off: bool = False) -> None:
        self.state = state
        self.breaks_off = breaks_off

    async def job(self, name: str) -> dict[str, Any]:
        return {"id": "job-1", "name": name, "state": self.state}

    async def post(self, *parts: str) -> dict[str, Any]:
        assert parts == ("jobs", "job-1", "resume")
        if self.state != "cancelled":
            raise Refused("A job that runs cannot become queued.", status=409)
        self.state = "queued"
        if self.breaks_off:
            raise Unreachable("The service does not answer.")
        return await self.job("a job")


async def test_a_stopped_job_goes_on() -> None:
    api = OneJob("cancelled")
    assert (await _resumed("a job")(cast(Api, api)))["state"] == "queued"


async def test_a_running_one_is_refused() -> None:
    with pytest.raises(Refused, match="cannot become queued"):
        await _resumed("a job")(cast(Api, OneJob("running")))


async def test_a_lost_answer_is_no_refusal() -> None:
    api, resume = OneJob("cancelled", breaks_off=True), _resumed("a job")
    with pytest.raises(Unreachable):
        await resume(cast(Api, api))
    assert (await resume(cast(Api, api)))["state"] == "queued"
