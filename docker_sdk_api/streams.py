"""Server-sent events about jobs. The files are the only source, so that nothing is lost or doubled.

An event's id is ATTEMPT-OFFSET-LOGOFFSET: the places in events.jsonl and log.txt where a reader
that comes back with it as Last-Event-ID goes on.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from sse_starlette import ServerSentEvent

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.view import JobViews
from training_api.spec.errors import NotFound
from training_api.spec.events import read_events
from training_api.spec.logs import read_log, tail_offset

_LOOK_SECONDS = 0.25
_LIST_SECONDS = 1.0
_RETRY_MILLISECONDS = 2000
_ID = re.compile(r"(\d{1,9})-(\d{1,18})(?:-(\d{1,18}))?")


@dataclass(frozen=True)
class Position:
    """How far a reader has read: byte offsets into events.jsonl and log.txt."""

    attempt: int = 0
    events: int = 0
    log: int = 0

    @property
    def id(self) -> str:
        """As an event's id."""
        return f"{self.attempt}-{self.events}-{self.log}"


class JobStreams:
    """Follows jobs for readers. `open` counts the readers that are there now."""

    def __init__(self, home: Home, store: JobStore, views: JobViews) -> None:
        self.open = 0
        self._home = home
        self._store = store
        self._views = views

    def position(
        self, job_id: str, last_event_id: str | None, events: int = 0, log: int | None = None
    ) -> Position:
        """Where to begin: after Last-Event-ID; else at `events` and `log` (default: its tail)."""
        path = self._home.job(job_id).log_path
        match = _ID.fullmatch(last_event_id or "")
        if match is None:
            return Position(0, events, tail_offset(path) if log is None else log)
        place = int(match[3]) if match[3] else tail_offset(path)
        return Position(int(match[1]), int(match[2]), place)

    def is_drained(self, job_id: str, position: Position) -> bool:
        """True when there is nothing to tell beyond `position`, now or later."""
        with self._store.read() as rows:
            job = rows.get(job_id)
        return job.state.ended and not job.repeats and not self._news(job_id, position)[0]

    async def job(self, job_id: str, position: Position) -> AsyncIterator[ServerSentEvent]:
        """`state`, `training` and `log` events; ends after an ended job's files are read."""
        shown: dict[str, Any] | None = None
        self.open += 1
        try:
            while True:
                final = await asyncio.to_thread(self._is_final, job_id)
                view = await asyncio.to_thread(self._views.one, job_id)
                if _lasting(view) != shown:
                    shown = _lasting(view)
                    yield _event("state", view, position)
                news, position = await asyncio.to_thread(self._news, job_id, position)
                for event in news:
                    yield event
                if final and not news:
                    return
                if not news:
                    await asyncio.sleep(_LOOK_SECONDS)
        except NotFound:
            return  # deleted meanwhile
        finally:
            self.open -= 1

    def _is_final(self, job_id: str) -> bool:
        with self._store.read() as rows:
            job = rows.get(job_id)
        return job.state.ended and not job.repeats

    def _news(self, job_id: str, position: Position) -> tuple[list[ServerSentEvent], Position]:
        """What was appended to the job's files since `position`."""
        directory = self._home.job(job_id)
        news = []
        for offset, event in read_events(directory.events_path, position.events):
            position = replace(position, attempt=event["attempt"], events=offset)
            news.append(_event("training", event, position))
        lines, offset = read_log(directory.log_path, position.log)
        if offset != position.log:
            start, position = position.log, replace(position, log=offset)
            news.append(_event("log", {"lines": lines, "start": start, "next": offset}, position))
        return news, position

    async def jobs(self) -> AsyncIterator[ServerSentEvent]:
        """`jobs` events with all active and queued jobs, on change, at most one per second."""
        shown: list[dict[str, Any]] | None = None
        self.open += 1
        try:
            while True:
                looked = time.monotonic()
                views = await asyncio.to_thread(self._views.active_and_queued)
                present = [_lasting(view) for view in views]
                if present != shown:
                    shown = present
                    yield ServerSentEvent(
                        json.dumps({"jobs": views}), event="jobs", retry=_RETRY_MILLISECONDS
                    )
                await asyncio.sleep(max(0.0, _LIST_SECONDS - (time.monotonic() - looked)))
        finally:
            self.open -= 1


def _lasting(view: dict[str, Any]) -> dict[str, Any]:
    """The view without what changes by the mere passing of time."""
    return {name: value for name, value in view.items() if name != "seconds"}


def _event(name: str, data: dict[str, Any], position: Position) -> ServerSentEvent:
    text = json.dumps(data, ensure_ascii=True)  # one line, whatever the log holds
    retry = _RETRY_MILLISECONDS if name == "state" else None
    return ServerSentEvent(text, event=name, id=position.id, retry=retry)
