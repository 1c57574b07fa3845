"""From .pth to safetensors, in a child that unpickles nothing but tensors."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.file_server import Host, serving
from training_api.preload import preload
from training_api.weights.cache import WeightsCache
from training_api.weights.conversion import NotConverted, convert
from training_api.weights.hosts import MIRROR
from training_api.weights.registry import weight_file


def converted(folder: Path, value: object) -> Path:
    torch.save(value, folder / "net.pth")  # noqa: TID251 (as weights are published)
    convert(folder / "net.pth", folder / "net.safetensors")
    return folder / "net.safetensors"


def test_every_tensor_keeps_its_name_and_values(tmp_path: Path) -> None:
    shared = torch.arange(6.0).reshape(2, 3)
    state = {"a.weight": shared.t(), "b.weight": shared, "count": torch.tensor(7)}
    found = load_file(converted(tmp_path, state))
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


def test_tensors_inside_a_checkpoint_are_found(tmp_path: Path) -> None:
    checkpoint = {"epoch": 3, "state_dict": {"module.fc.bias": torch.ones(2)}}
    assert load_file(converted(tmp_path, checkpoint)).keys() == {"fc.bias"}


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


@pytest.mark.parametrize("value", [Harmful(), [1, 2], {"a": "text"}, {}])
def test_what_is_not_plain_tensors_is_refused_and_leaves_nothing(
    tmp_path: Path, value: object
) -> None:
    with pytest.raises(NotConverted, match=r"net\.pth cannot be read as plain tensors"):
        converted(tmp_path, value)
    assert [path.name for path in tmp_path.iterdir()] == ["net.pth"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(b"not a checkpoint")
    with pytest.raises(NotConverted, match=r"net\.pth"):
        convert(tmp_path / "net.pth", tmp_path / "net.safetensors")


def test_an_image_brings_the_tensors_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = weight_file("torchvision:resnet18").model_copy(update={"digest": None})
    content = io.BytesIO()
    torch.save({"conv1.weight": torch.ones(2, 3)}, content)  # noqa: TID251
    with serving(Host({f"torchvision/{file.path}": content.getvalue()})) as host:
        monkeypatch.setenv(MIRROR, host.url)
        preload((file,), tmp_path / "seed")
    record, path = WeightsCache(tmp_path / "seed").verified(file)
    assert load_file(path)["conv1.weight"].tolist() == [[1.0] * 3] * 2
    assert sorted(entry.name for entry in path.parent.iterdir()) == [record.loaded, "record.json"]
    modes = {stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert modes == {0o644}, "root builds an image, and another account runs it"
