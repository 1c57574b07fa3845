"""Server-sent events that a test sends when it likes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

Message = tuple[str, str, Any]


class FakeStreams:
    """`told` holds (job id or '' for the list, event name, data); `open` counts the readers."""

    def __init__(self) -> None:
        self.open = 0
        self.closing = False
        self.told: list[Message] = []

    def tell(self, job_id: str, name: str, data: Any) -> None:
        """Send an event to whoever follows the job now. Called from the test's thread."""
        self.told.append((job_id, name, data))

    def follow(self, job_id: str, first: tuple[str, Any]) -> StreamingResponse:
        """A stream that begins with the event `first` and goes on until its reader leaves."""
        return StreamingResponse(self._lines(job_id, first), media_type="text/event-stream")

    async def _lines(self, job_id: str, first: tuple[str, Any]) -> AsyncIterator[str]:
        seen = len(self.told)
        self.open += 1
        try:
            yield _line(*first)
            while not self.closing:
                news, seen = self.told[seen:], len(self.told)
                for key, name, data in news:
                    if key == job_id:
                        yield _line(name, data)
                yield ": still here\n\n"
                await asyncio.sleep(0.05)
        finally:
            self.open -= 1


def _line(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
