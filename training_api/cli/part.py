"""What one process serves: everything, or one part in a container of its own."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A part of the service."""

    all = "all"  # browser, orchestration and inference in one process
    gui = "gui"  # the browser's pages; forwards what belongs to the other two
    orchestration = "orchestration"  # jobs; the only part that works with a home
    inference = "inference"  # predictions with published models

    @property
    def port(self) -> int:
        """The port unless another one is chosen."""
        return {Part.orchestration: 4222, Part.inference: 4343}.get(self, 4200)

    @property
    def orchestrates(self) -> bool:
        """True if the home is this process's to hold."""
        return self in (Part.all, Part.orchestration)
