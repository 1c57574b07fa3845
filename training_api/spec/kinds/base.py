"""What a kind of job is: its spec, the process that does its work, the proof of its success."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from training_api.spec.closed import Closed
from training_api.spec.events import Event
from training_api.spec.launch import Launch

SMALLER_STEPS = "Lower the batch size, the crop size or the base size"
"""How work on images needs less memory; the sentence goes on with what to do then."""


class Spec(Protocol):
    """What the specs of all kinds have in common; each is a closed document of its own."""

    @property
    def name(self) -> str:
        """Unique among the jobs."""
        ...

    @property
    def kind(self) -> str:
        """The kind's name."""
        ...

    def document(self) -> dict[str, Any]:
        """The spec as JSON values, under its outside names."""
        ...


class Kind(ABC):
    """A kind of job: a file of this package with an object `KIND`, and its line in `__init__.py`.

    The agent starts `python -m MODULE JOB_DIR ATTEMPT`, the worker. It writes events and, on its
    standard output, the log; it obeys the attempt's `stop` file and SIGTERM; it exits with 0 after
    a `finished` event, else with a code of `training_api.reasons` after a `failed` one.
    """

    name: ClassVar[str]
    Document: ClassVar[type[Closed]]  # of the spec; fills `Spec`
    module: ClassVar[str]  # of the worker
    takes_slot: ClassVar[bool] = True  # waits for a CPU slot or for its GPUs
    listed: ClassVar[bool] = True  # among the jobs; else only where it is asked for by name
    online: ClassVar[bool] = False  # brings weights, and may reach the network for it
    makes_model: ClassVar[bool] = False  # publishes a model, and has one to try while it runs

    # For sentences.
    work: ClassVar[str]  # "training"
    worker: ClassVar[str]  # "trainer"
    on_resume: ClassVar[str]  # what happens then
    unproven: ClassVar[str]  # what is missing when the proof is
    need_less_memory: ClassVar[str]  # how

    def parse(self, document: dict[str, Any]) -> Spec:
        """The checked spec. Raises InvalidSpec or pydantic's ValidationError."""
        return cast(Spec, self.Document.model_validate(document))

    @abstractmethod
    def proof(self, launch: Launch, finished: Event) -> Path | None:
        """The file that is there if the work that `finished` tells of was done, None if none."""

    def is_proven(self, launch: Launch, finished: Event) -> bool:
        """True if the proof is there."""
        path = self.proof(launch, finished)
        return path is not None and path.is_file()

    @abstractmethod
    def stopped(self, proven: bool) -> str:
        """What a job that was stopped on request leaves, as a sentence."""
