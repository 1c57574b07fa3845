"""When a run ends, and why."""

from __future__ import annotations

from dataclasses import dataclass

from training_api.progress import Progress
from training_api.spec.best_by import MIOU
from training_api.spec.cadence import Cadence
from training_api.spec.hyper_parameters import HyperParameters


@dataclass(frozen=True)
class Stopping:
    """The limits that `values` set to a run."""

    values: HyperParameters
    cadence: Cadence

    def note(self, progress: Progress, score: float | None) -> None:
        """Count a validation: one that is better by more than the delta, or one without success."""
        least = -1.0 if progress.reference is None else progress.reference
        if score is not None and score > least + self.values.early_stopping_delta:
            progress.reference, progress.stale = score, 0
        else:
            progress.stale += 1

    def reason(self, progress: Progress) -> str | None:
        """Why the run ends here, in a sentence, '' after its last epoch; None while it goes on."""
        values, cadence = self.values, self.cadence
        if progress.step >= cadence.steps:
            whole = cadence.steps == values.epochs * cadence.per_epoch
            return "" if whole else f"Stop after steps: {cadence.steps} steps are done."
        patience = values.early_stopping_patience
        if patience and progress.stale >= patience:
            what = "mIoU" if values.best_by == MIOU else f"IoU of {values.best_by}"
            count = "validation" if patience == 1 else f"{patience} validations"
            return f"Early stopping: the last {count} brought no better {what}."
        if self.minutes_left(progress) == 0 and progress.step:
            return f"Stop after minutes: the run has trained for {values.max_minutes:g} minutes."
        return None

    def minutes_left(self, progress: Progress) -> float | None:
        """Until the time is up, at least 0; None without such a limit."""
        limit = self.values.max_minutes
        return max(0.0, limit - progress.seconds / 60) if limit else None
