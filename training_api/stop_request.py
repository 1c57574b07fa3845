"""How a trainer learns that it should end: the `stop` file, or a signal from outside."""

from __future__ import annotations

from training_api.spec.directory import AttemptDirectory


class StopRequest:
    """Asked once per step. `terminated` means: save, publish nothing, resume later."""

    def __init__(self, attempt: AttemptDirectory) -> None:
        self._attempt = attempt
        self.terminated = False

    def __call__(self) -> bool:
        """True once the run should end."""
        return self.terminated or self._attempt.stop_requested

    def terminate(self) -> None:
        """A signal came."""
        self.terminated = True
