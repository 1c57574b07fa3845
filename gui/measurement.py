"""What the job that is being described would take: asked of the API, which may measure it."""

from __future__ import annotations

from typing import Any

from gui.api import Api
from gui.job_spec import spec_of
from gui.problems import ApiProblem
from gui.wizard import Wizard

UNDER_WAY = ("waiting", "measuring")
"""The states that change by themselves."""


async def measurement_of(api: Api, wizard: Wizard, *, start: bool = False) -> dict[str, Any] | None:
    """The API's answer; None while the job is not described so that it could be measured.

    With `start` a measurement begins where there is none.
    """
    if wizard.version is None:
        return None
    spec = spec_of(wizard.draft, wizard.catalogue, wizard.version)
    try:
        answer: dict[str, Any] = await api.post(*_place(start), body=spec)
    except ApiProblem as problem:
        if problem.status == 422:  # each sentence is beside its field already
            return None
        raise
    return answer


def _place(start: bool) -> tuple[str, ...]:
    return ("profiles",) if start else ("profiles", "known")


def advised_query(wizard: Wizard, measurement: dict[str, Any] | None) -> dict[str, list[str]]:
    """The draft with the step that fits the memory, for a link; empty if its own fits."""
    advice = ((measurement or {}).get("result") or {}).get("advice")
    if not advice:
        return {}
    typed = wizard.draft.nested("hp.") | {name: str(value) for name, value in advice.items()}
    return wizard.draft.replacing("hp.", typed).query()
