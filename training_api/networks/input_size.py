"""The size that a network trains at, and refusal of what it cannot take."""

from __future__ import annotations

from collections import Counter

from training_api.networks.base import Network
from training_api.spec.dataset import Sample
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.preprocessing import network_size

Size = tuple[int, int]  # height, width


def training_size(parameters: HyperParameters, samples: list[Sample], network: Network) -> Size:
    """(height, width) of a training batch.

    A crop is a square of the crop size, rounded up to the network's multiple. Whole images take
    the size that most of `samples` have for the network; others are cut or filled up to it.
    Raises InvalidSpec for a size that the network cannot take, in training or in validation.
    """
    whole = Counter(
        network_size(sample.height, sample.width, parameters.base_size, network.multiple)
        for sample in samples
    )
    if parameters.crop_size:
        side = crop_side(parameters.crop_size, network)
        _check("crop_size", (side, side), network)
    _check("base_size", min(whole, key=min), network)
    return (side, side) if parameters.crop_size else whole.most_common(1)[0][0]


def crop_side(crop_size: int, network: Network) -> int:
    """`crop_size` rounded up to the network's multiple."""
    return -(-crop_size // network.multiple) * network.multiple


def nearest_sizes(side: int, network: Network) -> list[int]:
    """The valid sides next to `side`, one or two of them."""
    least = -(-network.smallest // network.multiple) * network.multiple
    above = max(least, crop_side(side, network))
    below = side // network.multiple * network.multiple
    return [below, above] if least <= below < above else [above]


def _check(field: str, size: Size, network: Network) -> None:
    """Refuse a size below the network's smallest at its field, naming the nearest valid one."""
    if min(size) < network.smallest:
        (valid,) = nearest_sizes(min(size), network)
        raise InvalidSpec(
            f"{field}: gives images of {size[1]}×{size[0]} pixels, but {network.title} needs at "
            f"least {network.smallest} on each side. The nearest valid size is {valid}.",
            field=f"hyper_parameters.{field}",
        )
