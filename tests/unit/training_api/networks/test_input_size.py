"""The size of a training batch, from hyper-parameters, samples and network."""

from __future__ import annotations

import pytest

from training_api.networks import network_class
from training_api.networks.input_size import nearest_sizes, training_size
from training_api.spec.dataset import FileEntry, Sample
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters

NETWORK = network_class(EngineName.torch, "unet")
UNET = NETWORK(NETWORK.Options())


def sample(width: int, height: int) -> Sample:
    file = FileEntry(path="a", sha256="0", size=1)
    return Sample(stem="a", image=file, label=file, width=width, height=height, pixels=[1])


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"base_size": 352}, (480, 352)),
        ({"base_size": 0}, (1024, 768)),
        ({"base_size": 100}, (128, 96)),
        ({"base_size": 520, "crop_size": 480}, (480, 480)),
        ({"crop_size": 100}, (128, 128)),
        ({"crop_size": 1}, (32, 32)),
    ],
)
def test_whole_images_or_square_crops(parameters: dict[str, int], size: tuple[int, int]) -> None:
    given = HyperParameters(**parameters)
    assert training_size(given, [sample(768, 1024)], UNET) == size


def test_the_most_frequent_size_wins() -> None:
    mixed = [sample(640, 480), sample(480, 640), sample(480, 640)]
    assert training_size(HyperParameters(base_size=96), mixed, UNET) == (128, 96)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"crop_size": 20}, "crop_size"), ({"base_size": 16}, "base_size")],
)
def test_too_small_sizes_name_their_field(
    parameters: dict[str, int], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NETWORK, "smallest", 64)
    message = (
        r"32×32 pixels, but U-Net needs at least 64 on each side. The nearest valid size is 64."
    )
    with pytest.raises(InvalidSpec, match=message) as refused:
        training_size(HyperParameters(**parameters), [sample(500, 500)], UNET)
    assert refused.value.field == f"hyper_parameters.{field}"


def test_what_is_validated_must_be_large_enough_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NETWORK, "smallest", 64)
    with pytest.raises(InvalidSpec, match="base_size: gives images of 96×32"):
        training_size(HyperParameters(base_size=32, crop_size=64), [sample(300, 100)], UNET)
    with pytest.raises(InvalidSpec, match="base_size: gives images of 32×32"):
        samples = [sample(500, 500), sample(500, 500), sample(40, 40)]
        training_size(HyperParameters(base_size=0), samples, UNET)


@pytest.mark.parametrize(
    ("side", "valid"),
    [(100, [96, 128]), (96, [96]), (70, [64, 96]), (64, [64]), (63, [64]), (1, [64])],
)
def test_the_valid_sizes_next_to_one(
    side: int, valid: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NETWORK, "smallest", 64)
    assert nearest_sizes(side, UNET) == valid
