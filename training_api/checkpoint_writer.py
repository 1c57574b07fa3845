"""Saving checkpoints beside the training, so that disks and hashes do not hold it up."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.progress import Progress

LONGEST_GAP = 60.0
"""Seconds between two checkpoints at most."""
_COST_FACTOR = 30
"""Writing takes part of the processor; this keeps it near a thirtieth of the time."""

State = tuple[dict[str, NDArray[Any]], dict[str, Any]]


class CheckpointWriter:
    """Takes snapshots of `state()` at once and writes them in a thread, one at a time.

    After a validation a checkpoint is written unless they follow so soon that writing would slow
    the run; a better one waits in memory then. What lies on disk always fits together: no
    checkpoint is published before the best one of its past. A failed write (full disk) is raised
    by the next call. `saved` is told of each published checkpoint; `resumed_at` names the one that
    the run continues, which needs no second writing.
    """

    def __init__(
        self,
        store: CheckpointStore,
        state: Callable[[], State],
        saved: Callable[[Checkpoint], None],
        notice: Callable[[str], None],
        resumed_at: str = "",
    ) -> None:
        self._store = store
        self._state = state
        self._saved = saved
        self._notice = notice
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._writing: Future[None] | None = None
        self._waiting: Checkpoint | None = None
        self._newest = resumed_at
        self._cost = 0.0
        self._last = time.monotonic()

    def after_validation(self, progress: Progress, best: bool) -> None:
        """Save now if it is cheap enough; keep a best one in memory otherwise."""
        if self._is_free() and self._gap() >= min(LONGEST_GAP, _COST_FACTOR * self._cost):
            self._save(progress, best)
        elif best:
            self._waiting = self._snapshot(progress, best)

    def between_validations(self, progress: Progress) -> None:
        """Save if the last one is long ago."""
        if self._gap() >= LONGEST_GAP and self._is_free():
            self._save(progress, best=False)

    def finish(self, progress: Progress | None) -> None:
        """Save the present state, unless it is None, and wait until all is on disk."""
        self._join()
        if progress is not None:
            self._save(progress, best=False)
        elif self._waiting is not None:
            self._write([self._waiting])
        self._join()

    def close(self) -> None:
        """End the thread; a running write is completed."""
        self._thread.shutdown()

    def _save(self, progress: Progress, best: bool) -> None:
        """Begin to write what waits and the present state, if that is new."""
        self._last = time.monotonic()
        queue = [] if self._waiting is None or best else [self._waiting]
        known = [self._newest] + [checkpoint.name for checkpoint in queue]
        if progress.position not in known:
            queue.append(self._snapshot(progress, best))
        self._waiting = None
        self._newest = progress.position
        self._writing = self._thread.submit(self._write, queue)

    def _snapshot(self, progress: Progress, best: bool) -> Checkpoint:
        """A copy: the engine goes on changing its own arrays."""
        tensors, values = self._state()
        copies = {name: np.array(array, copy=True) for name, array in tensors.items()}
        return Checkpoint(copies, copy.deepcopy(values), copy.deepcopy(progress), best)

    def _write(self, checkpoints: list[Checkpoint]) -> None:
        for checkpoint in checkpoints:
            if checkpoint.is_finite:
                self._store.save(checkpoint)
                self._saved(checkpoint)
            else:
                self._notice(
                    f"Checkpoint {checkpoint.name} was not written: weights are not finite. "
                    "The one before is kept."
                )
        self._cost = time.monotonic() - self._last  # with the snapshot

    def _gap(self) -> float:
        return time.monotonic() - self._last

    def _is_free(self) -> bool:
        """True if no write is under way; raises what the last one raised."""
        if self._writing is not None and self._writing.done():
            self._join()
        return self._writing is None

    def _join(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()
