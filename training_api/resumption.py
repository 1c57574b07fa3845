"""Where an attempt begins: anew, or behind the newest whole checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.journal import Journal
from training_api.progress import Progress


@dataclass(frozen=True)
class Resumption:
    """The checkpoint that an attempt goes on from, if any, and the run's progress there."""

    checkpoint: Checkpoint | None
    progress: Progress

    @classmethod
    def find(cls, store: CheckpointStore, journal: Journal) -> Resumption:
        """Pass over damaged checkpoints and say so. A best model that was lost is found anew."""
        store.sweep()
        checkpoint = store.latest()
        if store.set_aside_after(checkpoint) and checkpoint is None:
            journal.notice("No checkpoint could be read; the training begins anew.")
        if checkpoint is None:
            return cls(None, Progress())
        journal.say(f"Resuming from {checkpoint.name}.")
        progress = checkpoint.progress
        if progress.best is not None and not _has_best(store, checkpoint):
            journal.notice("The best checkpoint was lost; the best is searched anew.")
            progress.best = progress.validated = None
        return cls(checkpoint, progress)

    @property
    def name(self) -> str:
        """The checkpoint's name, '' for a new run."""
        return "" if self.checkpoint is None else self.checkpoint.name


def _has_best(store: CheckpointStore, checkpoint: Checkpoint) -> bool:
    """True if the weights of the best validation are still there."""
    wanted = (checkpoint.progress.best or {}).get("epoch")
    found = checkpoint if checkpoint.best else store.best()
    return found is not None and (found.progress.best or {}).get("epoch") == wanted
