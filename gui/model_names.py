"""How people call the models that jobs started from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from gui.api import Api
from gui.problems import ApiProblem


async def model_names(api: Api, jobs: Sequence[dict[str, Any]]) -> dict[str, str]:
    """By id the names of the own models that `jobs` started from, but deleted and damaged ones.

    Of models of one name each has its id with it.
    """
    wanted = dict.fromkeys(model for job in jobs if (model := _model(job)))
    names = await asyncio.gather(*(_name(api, model) for model in wanted))
    return {
        model: name if names.count(name) == 1 else f"{name} ({model})"
        for model, name in zip(wanted, names, strict=True)
        if name
    }


def _model(job: dict[str, Any]) -> str | None:
    weights = job["spec"].get("weights")  # of a fetch job a text
    return weights.get("model") if isinstance(weights, dict) else None


async def _name(api: Api, model: str) -> str | None:
    try:
        return str((await api.get("models", model))["name"])
    except ApiProblem as problem:
        if problem.status in (404, 409):
            return None
        raise
