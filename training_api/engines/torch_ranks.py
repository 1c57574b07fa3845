"""The processes of all devices but the first, started and told what to do by rank 0."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import distributed

from training_api.engines.base import Images, Labels, Rank, Setup
from training_api.engines.torch_group import TIME_LIMIT, ready
from training_api.engines.torch_meeting import meeting_folder
from training_api.engines.torch_orders import NotTaken, Orders
from training_api.engines.torch_rank import write_message, write_setup
from training_api.spec.errors import SegsmithError

GRACE = 30.0
"""Seconds in which a step notices by itself that a rank is gone, before the run is ended."""
_LAST_WORDS = 5.0  # seconds between an exchange that broke and the end of the rank that broke it
TAKING_LIMIT = TIME_LIMIT.total_seconds()
"""Seconds until a rank that does not read its orders counts as one that hangs."""
_START_LIMIT = 600.0
_POLL = 0.02
_REQUESTS = (signal.SIGTERM, signal.SIGINT)


class RankLost(SegsmithError):
    """The process of a device has ended in the middle of a run; `code` says why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Ranks:
    """Processes 1 to n-1 of the run that `setup` describes; `own` is rank 0's part of it.

    They live in the process group of this one and inherit its open locks, read orders from a
    pipe, and end with it. Signals that ask a run to end are for rank 0 alone.
    """

    def __init__(self, setup: Setup, precision: str) -> None:
        self._folder = meeting_folder()
        self._devices = setup.devices
        self._fatal = setup.fatal
        self.own, *others = self._parts(setup, precision)
        self._processes = [_spawned(setup.rank_command) for _ in others]
        self._broken: Exception | None = None
        self._idle = threading.Event()
        self._idle.set()
        self._orders = [Orders(process, TAKING_LIMIT) for process in self._processes]
        for process, orders, part in zip(self._processes, self._orders, others, strict=True):
            threading.Thread(target=self._watch, args=[process], daemon=True).start()
            with contextlib.suppress(BrokenPipeError, NotTaken):  # `await_all` finds out why
                write_setup(orders, part)

    def _parts(self, setup: Setup, precision: str) -> list[Setup]:
        """One for each device. The average of the weights is rank 0's alone."""
        count = len(setup.devices)
        values = setup.hyper_parameters
        changes = {"batch_size": values.batch_size // count, "precision": precision}
        first = replace(
            setup,
            hyper_parameters=values.model_copy(update=changes),
            cpus=max(1, setup.cpus // count),
            fatal=None,
        )
        plain = first.hyper_parameters.model_copy(update={"ema": 0.0})
        return [
            replace(
                first,
                devices=[device],
                hyper_parameters=plain if number else first.hyper_parameters,
                rank=Rank(number, count, str(self._folder)),
            )
            for number, device in enumerate(setup.devices)
        ]

    def await_all(self, store: distributed.Store) -> None:
        """Return when all have built their networks. Raises RankLost."""
        names = [ready(number) for number in range(1, len(self._devices))]
        limit = time.monotonic() + _START_LIMIT
        while not store.check(names):
            lost = self._lost()
            if lost is None and time.monotonic() > limit:
                lost = RankLost("The process of a device did not get ready in time.", "error")
            if lost is not None:
                raise lost
            time.sleep(_POLL)

    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        """Let all go on from this state of rank 0. Raises RankLost."""
        with self.together():
            for number in range(1, len(self._devices)):
                self._tell(number, "restore", values, tensors)

    def step(
        self,
        images: Images,
        labels: Labels,
        rate: float,
        seed: int,
        own: Callable[[Images, Labels, float], float],
    ) -> float:
        """One step on all devices with a part of the images each; `own` does rank 0's.

        Raises RankLost, or what `own` raises; the ranks do not fit together any more then.
        """
        count = len(self._devices)
        parts = list(zip(np.split(images, count), np.split(labels, count), strict=True))
        with self.together():
            for number in range(1, count):
                part = {"images": parts[number][0], "labels": parts[number][1]}
                self._tell(number, "step", {"rate": rate, "seed": seed + number}, part)
            return own(*parts[0], rate)

    def _tell(
        self, number: int, order: str, values: dict[str, Any], arrays: dict[str, NDArray[Any]]
    ) -> None:
        try:
            write_message(self._orders[number - 1], order, values, arrays)
        except NotTaken:
            raise RankLost(
                f"The process that trains on {self._devices[number]} has hung for "
                f"{TAKING_LIMIT / 60:.0f} minutes. Resume the job: it goes on from its last "
                "checkpoint. If it hangs again, choose other GPUs.",
                "error",
            ) from None

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """A broken exchange is told as what broke it, now and whenever one is tried again."""
        if self._broken is not None:
            raise self._broken
        self._idle.clear()
        try:
            if gone := self._lost():  # `_watch` has seen it, and nothing to end
                raise gone
            yield
        except Exception as error:
            exchanged = isinstance(error, RuntimeError | OSError)
            lost = self._lost(_LAST_WORDS if exchanged else 0.0)
            self._broken = lost or error
            traceback.clear_frames(error.__traceback__)  # what they hold may fill the memory
            if lost is None:
                raise
            raise lost from error
        finally:
            self._idle.set()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End the run if a rank ends and a step goes on waiting for it, as GPUs do for ever."""
        process.wait()
        if self._idle.wait(GRACE):
            return
        lost = self._lost() or RankLost("The process of a device has ended.", "error")
        words = lost.code.replace("_", " ")
        try:
            print(f"Ended, as a device's process is gone ({words}): {lost.message}", flush=True)
            if self._fatal is not None:
                self._fatal(lost)
            shutil.rmtree(self._folder, ignore_errors=True)
            sys.stdout.flush()
        finally:  # a full disk takes no word
            os._exit(os.EX_TEMPFAIL if lost.code == "killed" else 1)

    def _lost(self, patience: float = 0.0) -> RankLost | None:
        """The rank whose end came first, as far as can be told; None if all live."""
        limit = time.monotonic() + patience
        while not any(process.poll() is not None for process in self._processes):
            if time.monotonic() >= limit:
                return None
            time.sleep(_POLL)
        ended = [
            self._loss_of(number, process.returncode)
            for number, process in enumerate(self._processes, 1)
            if process.poll() is not None
        ]
        return min(ended, key=lambda lost: lost.code == "error")

    def _loss_of(self, number: int, code: int) -> RankLost:
        device = self._devices[number]
        if code < 0:
            name = signal.Signals(-code).name
            outside = -code in (signal.SIGKILL, *_REQUESTS)
            how = "was ended from outside" if outside else "crashed"
            return RankLost(
                f"The process that trains on {device} {how} ({name}). Resume the job: it goes on "
                "from its last checkpoint.",
                "killed" if outside else "crashed",
            )
        told = self._folder / f"rank-{number}.json"
        if not told.exists():
            text = f"The process that trains on {device} ended with exit code {code}."
            return RankLost(text, "error")
        report = json.loads(told.read_bytes())
        return RankLost(f"On {device}: {report['message']}", report["reason"])

    def close(self, at_once: bool = False) -> None:
        """Let all end, which they do at the end of their orders if they do not wait for rank 0."""
        for process, orders in zip(self._processes, self._orders, strict=True):
            if at_once or self._broken is not None:
                process.kill()
            orders.close()
        for process in self._processes:
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _spawned(command: tuple[str, ...] | Any) -> subprocess.Popen[bytes]:
    """`close_fds` would close the attempt's lock, which an orphan has to hold."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _REQUESTS)
    try:
        return subprocess.Popen(
            [*command, str(os.getpid())], stdin=subprocess.PIPE, close_fds=False
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
