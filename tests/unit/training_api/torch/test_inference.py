"""Sizes, pixels and figures of the torch engine's inference."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.small_torch import batch, make_engine, photo
from training_api.engines.torch_inference import symbolic_network_size
from training_api.losses import loss_for
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preprocessing import mask_of, network_size, normalised


@pytest.mark.parametrize("base_size", [0, 64, 384, 520])
def test_the_sizes_in_the_graph_are_those_of_the_rule(base_size: int) -> None:
    random = np.random.default_rng(0)
    sides = [(1, 1), (480, 360), (1024, 768), (1, 9000), *random.integers(1, 6000, (200, 2))]
    for height, width in ((int(h), int(w)) for h, w in sides):
        expected = network_size(height, width, base_size, 32)
        assert symbolic_network_size(height, width, base_size, 32) == expected
        traced = symbolic_network_size(*torch.tensor([height, width]), base_size, 32)
        assert tuple(int(side) for side in traced) == expected


def test_the_engine_normalises_as_everybody_else() -> None:
    engine = make_engine()
    image = photo(96, 64)
    ours = engine._network_input(image[None])
    assert np.allclose(ours.numpy(), normalised(image, engine.preprocessing), atol=1e-6)
    assert ours.is_contiguous(memory_format=torch.channels_last)


def test_evaluation_and_prediction_agree_at_label_resolution() -> None:
    engine = make_engine(precision="bfloat16", loss=loss_for("cross_entropy", {}))
    for step in range(5):
        engine.train_step(*batch(step, 4), 0.003)
    images = np.stack([photo(113, 170, seed) for seed in range(3)])
    labels = np.random.default_rng(0).integers(0, 2, images.shape[:3]).astype(np.uint8)
    labels[:, :20] = 255
    loss, masks = engine.evaluate(images, labels)
    logits = np.concatenate([engine.predict(image) for image in images])
    assert all(np.mean(mask_of(logits[[at]]) == masks[at]) > 0.9999 for at in range(3))
    criterion = loss_for("cross_entropy", {}).build(EngineName.torch, [0.5, 0.5])
    expected = criterion(torch.from_numpy(logits), torch.from_numpy(labels).long())
    assert loss == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("base_size", [0, 64])
def test_tiny_and_narrow_images_are_predicted(base_size: int) -> None:
    engine = make_engine(base_size=base_size)
    for height, width in ((1, 1), (7, 200), (33, 31)):
        assert engine.predict(photo(height, width)).shape == (1, 2, height, width)
