"""The engines of this installation and whether their environments are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training_api.spec.environments import required_engine_python
from training_api.spec.errors import NoEngine
from training_api.spec.hyper_parameters import EngineName

ENGINE_TITLES = {EngineName.torch: "PyTorch", EngineName.gluoncv: "GluonCV (MXNet)"}


EngineProblem = Callable[[EngineName], NoEngine | None]
"""Why jobs of an engine cannot run here, or None: the runner's to say."""


def engine_problem(engine: EngineName) -> NoEngine | None:
    """Why the engine cannot be used by processes of this machine, or None."""
    try:
        required_engine_python(engine)
    except NoEngine as error:
        return error
    return None


def engine_rows(problem_of: EngineProblem = engine_problem) -> list[dict[str, Any]]:
    """Name, title, and whether it can be used; if not, why."""
    rows = []
    for engine in EngineName:
        problem = problem_of(engine)
        reason = problem.message if problem else ""
        rows.append(
            {
                "name": engine.value,
                "title": ENGINE_TITLES[engine],
                "available": problem is None,
                "reason": reason,
            }
        )
    return rows
