"""Which numbers and choices of GPUs a training may ask for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from docker_sdk_api.system.gpus import Gpu, GpuList
from tests.unit.docker_sdk_api.test_submission import spec


@pytest.mark.parametrize(
    ("gpus", "batch", "field", "words"),
    [
        (1, 3, "", ""),
        (2, 4, "", ""),
        (["GPU-2", "GPU-0", "GPU-1"], 3, "", ""),
        (2, 3, "hyper_parameters.batch_size", "evenly over 2 GPUs. Valid nearby: 2 or 4."),
        (9, 9, "resources.gpus", "training images cannot be split over 9 GPUs"),
        (11, 11, "resources.gpus", "11 were asked for and this machine has 10"),
        (["GPU-1", "GPU-1"], 2, "resources.gpus", "named twice"),
    ],
)
async def test_a_job_takes_several_gpus(
    api: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    gpus: Any,
    batch: int,
    field: str,
    words: str,
) -> None:
    cards = [Gpu(f"GPU-{number}", "Card", 1, 1, 0, (8, 0)) for number in range(10)]
    monkeypatch.setattr(GpuList, "read", lambda self: cards)
    wanted = spec(resources={"gpus": gpus}, hyper_parameters={"batch_size": batch})
    found = (await api.post("/specs/check", json=wanted)).json()
    assert [entry["field"] for entry in found["problems"]] == ([field] if field else [])
    assert all(words in entry["message"] for entry in found["problems"])
