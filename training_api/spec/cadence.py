"""When a run is validated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training_api.spec.hyper_parameters import HyperParameters


@dataclass(frozen=True)
class Cadence:
    """A run's last step, and the steps after which its quality is measured.

    `per_epoch` steps make an epoch; a period of 0 is none. The last step is always validated.
    """

    steps: int
    per_epoch: int
    every_epochs: int
    every_steps: int

    @classmethod
    def of(cls, values: HyperParameters, per_epoch: int) -> Cadence:
        """What `values` ask for."""
        steps = values.epochs * per_epoch
        if values.max_steps:
            steps = min(steps, values.max_steps)
        return cls(steps, per_epoch, values.validate_every_epochs, values.validate_every_steps)

    @property
    def epochs(self) -> int:
        """Epochs that the run begins."""
        return -(-self.steps // self.per_epoch)

    @property
    def validations(self) -> int:
        """How many there are in the whole run."""
        return self._until(self.steps)

    def is_due(self, step: int) -> bool:
        """True if `step` steps done call for a validation."""
        return step > 0 and self._until(step) > self._until(step - 1)

    def remaining(self, step: int) -> int:
        """Validations after more than `step` steps."""
        return self.validations - self._until(step)

    def epochs_done(self, step: int) -> float:
        """`step` steps in epochs: a whole number at an epoch's end, else a decimal one."""
        whole, rest = divmod(step, self.per_epoch)
        return round(whole + rest / self.per_epoch, 6) if rest else whole

    def _until(self, step: int) -> int:
        """Validations after up to `step` steps."""
        periods = [self.every_epochs * self.per_epoch, self.every_steps]
        used = [period for period in periods if period]
        both = math.lcm(*used) if len(used) == 2 else 0
        count = sum(step // period for period in used) - (step // both if both else 0)
        by_period = any(self.steps % period == 0 for period in used)
        return count + (step >= self.steps and not by_period)
