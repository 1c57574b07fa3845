"""State, restore and weights files of the torch engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.small_torch import batch, make_engine, same, smallest_variants, weights
from training_api.spec.errors import Corrupt

CASES = [(name, backbone, "adamw") for name, backbone in smallest_variants()]


@pytest.mark.parametrize(
    ("name", "backbone", "optimizer"),
    [*CASES, ("unet", "resnet18", "sgd"), ("unet", "resnet18", "adam")],
)
def test_a_restored_run_goes_on_bit_for_bit(
    tmp_path: Path, name: str, backbone: str, optimizer: str
) -> None:
    unbroken = make_engine(name, backbone, optimizer=optimizer)
    unbroken.train_step(*batch(0), 0.01)
    tensors, values = unbroken.state()
    save_file(tensors, tmp_path / "state.safetensors")
    unbroken.evaluate(*batch(7))
    losses = [unbroken.train_step(*batch(step), 0.01) for step in (1, 2)]
    restored = make_engine(name, backbone, optimizer=optimizer, seed=9)
    restored.train_step(*batch(5), 0.01)
    restored.restore(load_file(tmp_path / "state.safetensors"), values)
    assert [restored.train_step(*batch(step), 0.01) for step in (1, 2)] == losses
    expected, found = unbroken.state()[0], restored.state()[0]
    assert len(same(expected, found)) == len(expected)


def test_the_state_is_a_copy() -> None:
    engine = make_engine()
    engine.train_step(*batch(0), 0.01)
    tensors, _ = engine.state()
    kept = {name: value.copy() for name, value in tensors.items()}
    engine.train_step(*batch(1), 0.01)
    assert len(same(tensors, kept)) == len(kept)


def test_a_state_from_before_the_first_step_fits() -> None:
    tensors, values = make_engine().state()
    engine = make_engine(seed=1)
    engine.train_step(*batch(0), 0.01)
    engine.restore(tensors, values)
    assert len(same(engine.state()[0], tensors)) == len(tensors)


def test_tensors_that_do_not_fit_are_named_and_nothing_is_loaded() -> None:
    engine = make_engine()
    engine.train_step(*batch(0), 0.01)
    before, values = engine.state()
    head = "network.segmentation_head.0.bias"
    cases = {
        f"model/{head}": np.zeros(7, np.float32),
        f"optimizer/{head}/exp_avg": np.zeros(7, np.float32),
        "optimizer/network.unknown/exp_avg": np.zeros(7, np.float32),
    }
    for name, wrong in cases.items():
        shown = name.removeprefix("model/")
        with pytest.raises(Corrupt, match=shown):
            engine.restore(before | {name: wrong}, values)
    for missing in (f"model/{head}", "random/cpu"):
        lacking = {name: value for name, value in before.items() if name != missing}
        with pytest.raises(Corrupt, match=missing.removeprefix("model/")):
            engine.restore(lacking, values)
    assert len(same(before, engine.state()[0])) == len(before)


def test_weights_go_through_a_file(tmp_path: Path) -> None:
    engine = make_engine()
    engine.train_step(*batch(0), 0.01)
    path = tmp_path / engine.save_weights(tmp_path)
    assert path.name == "weights.safetensors"
    loaded = make_engine(seed=5)
    loaded.load_weights(path)
    assert len(same(weights(engine), weights(loaded))) == len(weights(engine))
    image = batch(1)[0][0]
    assert np.array_equal(engine.predict(image), loaded.predict(image))


def test_a_weights_file_that_does_not_fit_or_is_damaged(tmp_path: Path) -> None:
    engine = make_engine()
    path = tmp_path / engine.save_weights(tmp_path)
    with pytest.raises(Corrupt, match=r"do not fit the network: .*layer.* and \d+ more"):
        make_engine(backbone="resnet34").load_weights(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(Corrupt, match=r"weights\.safetensors cannot be read"):
        engine.load_weights(path)
    with pytest.raises(Corrupt, match=r"absent\.safetensors cannot be read"):
        engine.load_weights(tmp_path / "absent.safetensors")
