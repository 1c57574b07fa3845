"""Supervised child processes for work on foreign bytes: a crash there is an error, not an outage.

The service decodes no image and runs no network itself; it hands a module-level function and
plain arguments to a child that is limited in time and memory and replaced when it dies.
"""

from __future__ import annotations

import multiprocessing
import resource
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, ParamSpec, TypeVar

from training_api.spec.errors import SegsmithError

P = ParamSpec("P")
T = TypeVar("T")


class ChildFailed(SegsmithError):
    """A child process died or ran out of time; the input is the likely cause."""

    code = "child_failed"


class ChildPool:
    """`size` processes that run functions one at a time each. Thread-safe, blocking calls.

    Call `run` from worker threads (`anyio.to_thread`), never on an event loop.
    """

    def __init__(self, size: int = 2, seconds: float = 120.0, memory: int = 8 << 30) -> None:
        self._seconds = seconds
        self._memory = memory
        self._free = threading.Semaphore(size)
        self._idle: list[_Child] = []
        self._guard = threading.Lock()
        self._closed = False

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result; its SegsmithError is raised here, anything else as ChildFailed."""
        with self._free:
            child = self._take()
            try:
                result = child.call(function, args, kwargs, self._seconds)
            except _Dead as error:
                child.end()
                raise ChildFailed(str(error)) from error
            self._put(child)
        if isinstance(result, SegsmithError):
            raise result
        if isinstance(result, Exception):
            raise ChildFailed(f"{type(result).__name__}: {result}") from result
        return result

    def close(self) -> None:
        """End all idle children; running ones end with their call."""
        with self._guard:
            self._closed = True
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def _take(self) -> _Child:
        with self._guard:
            while self._idle:
                child = self._idle.pop()
                if child.process.is_alive():
                    return child
        return _Child(self._memory)

    def _put(self, child: _Child) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(child)
                return
        child.end()


class _Dead(Exception):
    """The child gave no answer."""


class _Child:
    """One spawned process behind a pipe."""

    def __init__(self, memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_serve, args=(other, memory), daemon=True
        )
        self.process.start()
        other.close()

    def call(self, function: Any, args: Any, kwargs: Any, seconds: float) -> Any:
        try:
            self.pipe.send((function, args, kwargs))
            if not self.pipe.poll(seconds):
                raise _Dead(f"The file took longer than {seconds:.0f} s to process; it was left.")
            return self.pipe.recv()
        except (EOFError, OSError) as error:
            self.process.join(1)
            raise _Dead(
                "The process that read the file died "
                f"(exit code {self.process.exitcode}); the file is damaged or too large."
            ) from error

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join(5)


def _serve(pipe: Connection, memory: int) -> None:
    """Answer calls until the parent is gone (its end of the pipe closes)."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            answer = function(*args, **kwargs)
        except Exception as error:  # anything a decoder raises is the caller's to report
            answer = error
        pipe.send(answer)
