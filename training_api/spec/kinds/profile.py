"""Profiling: a few steps of a training, for its time and memory before it is started."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from training_api.spec.closed import Closed
from training_api.spec.events import Event
from training_api.spec.job import JobSpec
from training_api.spec.kinds.base import SMALLER_STEPS, Kind
from training_api.spec.launch import Launch


class ProfileSpec(JobSpec):
    """The training to be measured."""

    kind: Literal["profile"] = "profile"  # type: ignore[assignment]


class Profiling(Kind):
    """Proven by the file of what was measured."""

    name: ClassVar[str] = "profile"
    Document: ClassVar[type[Closed]] = ProfileSpec
    module: ClassVar[str] = "training_api.profiler"
    listed: ClassVar[bool] = False

    work: ClassVar[str] = "measurement"
    worker: ClassVar[str] = "profiler"
    on_resume: ClassVar[str] = "Measure again."
    unproven: ClassVar[str] = "its result is not there"
    need_less_memory: ClassVar[str] = f"{SMALLER_STEPS}, and measure again."

    def proof(self, launch: Launch, finished: Event) -> Path | None:
        """The file that the profiler names."""
        path = finished.get("profile")
        return Path(path) if path else None

    def stopped(self, proven: bool) -> str:
        """Nothing is kept of half a measurement."""
        return "It was measured." if proven else "Nothing was measured."


KIND = Profiling()
