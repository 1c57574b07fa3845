"""Short-lived children of the agent: what needs the engine while the trainer is busy with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

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
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ChildFailed(f"This took longer than {seconds:.0f} s. Try a smaller image.") from None
    lines = complaint.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    if process.returncode == _REFUSED:
        raise ChildRefused(lines[-1])
    if process.returncode:
        raise ChildFailed(f"The prediction's process failed: {lines[-1][:500]}")
