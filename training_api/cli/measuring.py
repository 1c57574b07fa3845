"""Asking the orchestrator what a training takes, and telling it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training_api.cli.api import Api
from training_api.cli.failure import INTERRUPTED, Failed
from training_api.cli.follow import Presses, interrupts, pressed
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import duration, size

_UNDER_WAY = ("waiting", "measuring")
Say = Callable[[str], None]


async def measured(home: Path, spec: dict[str, Any], say: Say) -> dict[str, Any]:
    """The ProfileResult of a spec: what is kept, or what a job measures now.

    Raises Failed when it could not be measured; Ctrl-C ends the measuring and the command.
    """
    async with interrupts() as presses, orchestrator(home) as api:
        answer = await api.post("profiles", body=spec)
        answer = await _settled(api, spec, answer, presses, say)
    if answer["state"] != "measured":
        raise Failed(f"It could not be measured. {answer['message']}".strip())
    result: dict[str, Any] = answer["result"]
    return result


async def _settled(
    api: Api, spec: dict[str, Any], answer: dict[str, Any], presses: Presses, say: Say
) -> dict[str, Any]:
    """The answer when nothing is under way any more."""
    told, stops = "", 0
    while answer["state"] in _UNDER_WAY:
        if (words := _words(answer)) != told:
            say(words)
        told = words
        if await pressed(presses):
            stops += 1
            if stops > 1:
                sys.exit(INTERRUPTED)
            await api.post("jobs", answer["job_id"], "stop")
        answer = await api.post("profiles", "known", body=spec)
    if stops:
        sys.exit(INTERRUPTED)
    return answer


def _words(answer: dict[str, Any]) -> str:
    if answer["state"] == "measuring":
        return "Measuring a few steps …"
    return f"Waiting to measure. {answer['waiting_for'] or ''}".strip()


def measurement_lines(result: dict[str, Any]) -> list[str]:
    """A ProfileResult for people."""
    gpu = result["gpu_memory"]
    on_gpu = f", {size(gpu)} of {size(result['gpu_memory_free'])} on the GPU" if gpu else ""
    lines = [
        f"{_time(result['epoch_seconds'])} per epoch, {_time(result['total_seconds'])} in total, "
        f"{size(result['memory'])} of {size(result['memory_free'])} of memory{on_gpu}.",
        f"Measured here ({result['device']}, {result['precision']}) with steps of "
        f"{result['step_images']} images at {result['width']}×{result['height']}: "
        f"{result['images_per_second']:.1f} images/s.",
    ]
    if advice := result["advice"]:
        lines.append(
            f"Batches of {result['batch_size']} images do not fit the memory. Take --batch-size "
            f"{advice['batch_size']} --accumulation {advice['accumulation']}."
        )
    return lines


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)
