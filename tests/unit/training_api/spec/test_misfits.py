"""What an engine cannot do is refused at its field and offered nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.spec.hyper_parameters import EngineName, engine_defaults, possible_values
from training_api.spec.job import spec_problems

TORCH: dict[str, Any] = {"name": "panel", "dataset": "dv-1", "preset": "fast"}
GLUONCV: dict[str, Any] = {
    "name": "panel",
    "dataset": "dv-1",
    "engine": "gluoncv",
    "network": {"name": "fcn"},
}


def test_a_value_that_the_engine_cannot_do_is_refused_with_what_it_can() -> None:
    wanted = {"hyper_parameters": {"precision": "bfloat16"}}
    assert spec_problems(TORCH | wanted) == []
    (problem,) = spec_problems(GLUONCV | wanted)
    assert problem.field == "hyper_parameters.precision"
    assert "the gluoncv engine cannot do bfloat16, only auto or float32" in problem.message


def test_float16_needs_a_gpu() -> None:
    wanted = {"hyper_parameters": {"precision": "float16"}}
    (problem,) = spec_problems(TORCH | wanted)
    assert problem.field == "hyper_parameters.precision" and "needs a GPU" in problem.message
    assert spec_problems(TORCH | wanted | {"resources": {"gpus": 1}}) == []
    (problem,) = spec_problems(GLUONCV | wanted)
    assert "only auto or float32" in problem.message


@pytest.mark.parametrize(
    ("gpus", "batch", "nearest"),
    [(2, 3, "2 or 4"), (4, 2, "4"), (["GPU-a", "GPU-b", "GPU-c"], 8, "6 or 9")],
)
@pytest.mark.parametrize("spec", [TORCH, GLUONCV])
def test_a_batch_is_split_evenly(spec: dict[str, Any], gpus: Any, batch: int, nearest: str) -> None:
    wanted = {"resources": {"gpus": gpus}, "hyper_parameters": {"batch_size": batch}}
    (problem,) = spec_problems(spec | wanted)
    assert problem.field == "hyper_parameters.batch_size"
    assert problem.message.endswith(f"GPUs. Valid nearby: {nearest}.")
    assert spec_problems(spec | wanted | {"hyper_parameters": {"batch_size": 12}}) == []


@pytest.mark.parametrize("name", [*engine_defaults(EngineName.gluoncv)])
def test_every_recommended_value_can_be_done(name: str) -> None:
    possible = possible_values(name, EngineName.gluoncv)
    assert possible is None or engine_defaults(EngineName.gluoncv)[name] in possible
