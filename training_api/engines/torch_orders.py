"""The pipe through which rank 0 tells another rank what to do."""

from __future__ import annotations

import os
import select
import subprocess
from typing import IO


class NotTaken(Exception):
    """The other process reads no more, though it lives."""


class Orders:
    """Writes to the standard input of `process`, unbuffered, and waits at most `patience` seconds
    until it goes on reading: a process that hangs would hold this one up for ever.
    """

    def __init__(self, process: subprocess.Popen[bytes], patience: float) -> None:
        assert process.stdin is not None
        self._pipe: IO[bytes] = process.stdin
        self._patience = patience
        os.set_blocking(self._pipe.fileno(), False)
        self._room = select.poll()
        self._room.register(self._pipe.fileno(), select.POLLOUT)

    def write(self, data: bytes | memoryview) -> None:
        """All of it. Raises NotTaken, or BrokenPipeError if the process is gone."""
        left = memoryview(data).cast("B")
        while left:
            if not self._room.poll(1000 * self._patience):
                raise NotTaken
            left = left[os.write(self._pipe.fileno(), left) :]

    def close(self) -> None:
        """There are no more orders."""
        self._pipe.close()
