"""How many images a step takes."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.launch import Launch
from training_api.step_size import fitted, images_per_step


def step(images: int, launch: dict[str, Any] | None = None, **values: int) -> tuple[Any, list[str]]:
    files = dict.fromkeys(("dataset_manifest", "dataset_root", "models_dir", "created"), "")
    given = Launch(job_id="j", attempt=1, model_id="m", **files, **(launch or {}))
    told: list[str] = []
    found = fitted(HyperParameters(**values), given, images, told.append)
    return (found.batch_size, found.accumulation, images_per_step(found)), told


@pytest.mark.parametrize(
    ("images", "values", "expected", "sentence"),
    [
        (40, {"batch_size": 4, "accumulation": 8}, (4, 8, 32), ""),
        (10, {"batch_size": 4, "accumulation": 8}, (4, 2, 8), "lowered from 8 to 2 batches"),
        (3, {"batch_size": 4, "accumulation": 2}, (3, 1, 3), "lowered from 4 to 3: there are only"),
    ],
)
def test_a_step_is_never_larger_than_all_images(
    images: int, values: dict[str, int], expected: tuple[int, ...], sentence: str
) -> None:
    found, told = step(images, **values)
    assert found == expected
    assert sentence in " ".join(told) and bool(told) is bool(sentence)


@pytest.mark.parametrize(
    ("images", "batch", "expected"), [(40, 6, (6, 2, 12)), (5, 6, (4, 1, 4)), (2, 2, (2, 1, 2))]
)
def test_devices_get_equal_parts(images: int, batch: int, expected: tuple[int, ...]) -> None:
    found, _ = step(images, {"devices": ["GPU-a", "GPU-b"]}, batch_size=batch, accumulation=2)
    assert found == expected


def test_fewer_images_than_devices_are_refused() -> None:
    with pytest.raises(InvalidSpec, match="2 training images cannot be split over 3 GPUs") as no:
        step(2, {"devices": ["GPU-a", "GPU-b", "GPU-c"]}, batch_size=3)
    assert no.value.field == "resources.gpus"


def test_memory_may_ask_for_a_smaller_batch() -> None:
    found, told = step(40, {"batch_size": 1}, batch_size=4)
    assert found == (1, 1, 1) and "from 4 to 1 for memory" in told[0]
