"""Runs a job to its end for a command, and tells how it went."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from training_api.cli.api import Api, Unreachable
from training_api.cli.failure import INTERRUPTED, Failed
from training_api.cli.fetch_display import display_of
from training_api.cli.follow import Follower, Left, Presses, interrupts
from training_api.cli.orchestrator import orchestrator
from training_api.cli.orphan import found_again
from training_api.cli.outcome import outcome, printed
from training_api.cli.screen import console
from training_api.spec.errors import SegsmithError

Start = Callable[[Api], Awaitable[dict[str, Any]]]
"""Begins a job; called again if the service did not answer, it begins no second one."""


class Report:
    """What the user is told about one job. With `as_json`, people read standard error."""

    def __init__(self, home: Path, as_json: bool) -> None:
        self._home = home
        self._as_json = as_json
        self._screen = console(aside=as_json)

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, SegsmithError):
            self._print({"state": "refused", "message": error.message, "field": error.field})
        if isinstance(error, Failed):
            self._print({"state": "failed", "message": error.message})

    def say(self, text: str) -> None:
        """A line for people."""
        self._screen.print(text)

    async def run(self, start: Start, *, again: bool = False) -> None:
        """Start a job (or a further attempt: `again`) and follow it to its end.

        Exits with a code other than 0 unless it succeeds.
        """
        async with interrupts() as presses, self._begun(start) as (api, job):
            with display_of(job, self._screen) as display:
                follower = Follower(job["id"], display, presses)
                if again:
                    await follower.skip(api)
                try:
                    job = await self._followed(api, job, follower, presses)
                except Left:
                    self.say(f"Left. '{job['name']}' ends by itself; `segsmith jobs` shows it.")
                    sys.exit(INTERRUPTED)
        self._end(job, follower.stops > 0)

    @asynccontextmanager
    async def _begun(self, start: Start) -> AsyncIterator[tuple[Api, dict[str, Any]]]:
        """The orchestrator that began the job, with it.

        The one that was found may be another command's, and end before it is asked; then we are it.
        """
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(orchestrator(self._home))
            try:
                job = await start(api)
            except Unreachable:
                api = await stack.enter_async_context(orchestrator(self._home))
                job = await start(api)
            yield api, job

    async def leave(self, start: Start) -> None:
        """Start a job and leave it to the running service. Raises Unreachable without one."""
        async with orchestrator(self._home, own=False) as api:
            job = await start(api)
        self.say(f"'{job['name']}' ({job['id']}) is {job['state']}.")
        self._print({"state": job["state"], "job": job["id"], "name": job["name"]})

    async def _followed(
        self, api: Api, job: dict[str, Any], follower: Follower, presses: Presses
    ) -> dict[str, Any]:
        """Follow through restarts of the service."""
        while True:
            try:
                return await follower.follow(api)
            except Unreachable:
                self.say("The service is gone. The job goes on by itself …")
            found = await found_again(self._home, job, presses)
            if isinstance(found, dict):
                return found
            self.say("The service is back.")
            api = found

    def _end(self, job: dict[str, Any], stopped: bool) -> None:
        result = outcome(self._home, job)
        printed(result, self._as_json)
        if result["state"] != "succeeded":
            sys.exit(INTERRUPTED if stopped else 1)

    def _print(self, document: dict[str, Any]) -> None:
        if self._as_json:
            print(json.dumps(document, ensure_ascii=False), flush=True)
