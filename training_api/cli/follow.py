"""Follows a job until it has ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from training_api.cli.api import Api
from training_api.cli.progress_bar import TrainingDisplay
from training_api.spec.states import JobState

POLL_SECONDS = 0.5
Presses = asyncio.Queue[int]


class Left(Exception):
    """Ctrl-C was pressed twice: the caller wants out at once."""


@asynccontextmanager
async def interrupts() -> AsyncIterator[Presses]:
    """A queue that gets an entry per Ctrl-C (or SIGTERM), which then end nothing by themselves."""
    loop = asyncio.get_running_loop()
    presses: Presses = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, presses.put_nowait, number)
    try:
        yield presses
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class Follower:
    """Shows one job's events. `stops` counts how often the user asked to stop."""

    def __init__(self, job_id: str, display: TrainingDisplay, presses: Presses) -> None:
        self.stops = 0
        self._job_id = job_id
        self._display = display
        self._presses = presses
        self._after = 0

    async def skip(self, api: Api) -> None:
        """Leave out the events of earlier attempts."""
        while (following := (await self._page(api))["next"]) > self._after:
            self._after = following

    async def follow(self, api: Api) -> dict[str, Any]:
        """The ended job's detail. The first Ctrl-C stops the job, a second raises Left.

        May be called again, with another Api, after it raised Unreachable.
        """
        while True:
            job: dict[str, Any] = await api.get("jobs", self._job_id)
            self._display.view(job)
            await self._show_events(api)
            if has_ended(job):
                return job
            if await pressed(self._presses):
                await self._stop(api)

    async def _stop(self, api: Api) -> None:
        self.stops += 1
        if self.stops > 1:
            raise Left
        self._display.stopping()
        await api.post("jobs", self._job_id, "stop")

    async def _show_events(self, api: Api) -> None:
        page = await self._page(api)
        for event in page["events"]:
            self._display.event(event)
        self._after = page["next"]

    async def _page(self, api: Api) -> dict[str, Any]:
        page: dict[str, Any] = await api.get("jobs", self._job_id, "events", after=self._after)
        return page


async def pressed(presses: Presses, seconds: float = POLL_SECONDS) -> bool:
    """Wait for a Ctrl-C; False after `seconds` without one."""
    try:
        await asyncio.wait_for(presses.get(), seconds)
    except TimeoutError:
        return False
    return True


def has_ended(job: dict[str, Any]) -> bool:
    """False also for a job that is about to be repeated by itself."""
    return JobState(job["state"]).ended and not job["repeats"]
