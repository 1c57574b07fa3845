"""What a check of a spec found."""

from __future__ import annotations

from dataclasses import dataclass, field

from training_api.spec.errors import InvalidSpec, SegsmithError
from training_api.spec.kinds.base import Spec


class SpecRejected(InvalidSpec):
    """A spec of which no job can be made; `problems` holds every reason."""

    def __init__(self, problems: list[SegsmithError]) -> None:
        first = problems[0]
        super().__init__(first.message, field=first.field)
        self.problems = problems
        if len(problems) == 1:
            self.code, self.status = first.code, first.status


@dataclass
class SpecReport:
    """What a check found. `spec` is complete, and None if there are problems."""

    spec: Spec | None
    problems: list[SegsmithError] = field(default_factory=list)
    warnings: list[InvalidSpec] = field(default_factory=list)
