"""Short-lived children of the agent: what needs the engine while the trainer is busy with it."""

from __future__ import annotations

import sys

from training_api.spec.child import TookTooLong, run_to_end
from training_api.spec.errors import SegsmithError

TIMEOUT = 120.0
"""Seconds."""
_REFUSED = 2


class ChildRefused(SegsmithError):
    """A child said why it could not do its work."""

    code = "refused"
    status = 409


class ChildFailed(SegsmithError):
    """A child ended without its work done."""

    code = "child_failed"
    status = 503


def run_child(module: str, arguments: list[str], seconds: float = TIMEOUT) -> None:
    """Run `python -P -m module arguments…` and wait. Raises ChildRefused or ChildFailed."""
    try:
        ended = run_to_end([sys.executable, "-P", "-m", module, *arguments], seconds)
    except TookTooLong:
        raise ChildFailed(f"This took longer than {seconds:.0f} s. Try a smaller image.") from None
    if ended.code == _REFUSED:
        raise ChildRefused(ended.complaint)
    if ended.code:
        raise ChildFailed(f"The prediction's process failed: {ended.complaint}")
