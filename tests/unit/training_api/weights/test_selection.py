"""Which weights an image brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training_api.networks import network_for
from training_api.spec.errors import Corrupt, InvalidSpec, NotFound
from training_api.spec.preset import PRESETS
from training_api.weights.registry import all_weights, backbones_for
from training_api.weights.selection import NETWORKS, Amount, selected

SMALL = "huggingface:smp-resnet18"
LARGE = "gluoncv:resnet152_v1b"


def written(folder: Path, document: Any) -> Path:
    path = folder / "networks.json"
    path.write_text(json.dumps(document))
    return path


def ids(amount: Amount, path: Path = NETWORKS) -> list[str]:
    return [file.id for file in selected(amount, path)]


def test_the_shipped_selection_names_every_published_file() -> None:
    named = json.loads(NETWORKS.read_text())
    assert [*named] == ["select_all", *(file.id for file in all_weights())]
    assert named["select_all"] is False


def test_the_shipped_selection_serves_every_preset() -> None:
    brought = ids(Amount.mid)
    for preset in PRESETS:
        encoder = network_for(preset.engine, preset.network, preset.options).encoder
        assert encoder is not None
        assert backbones_for(preset.engine, encoder.key)[0].id in brought, preset.name


def test_the_three_amounts(tmp_path: Path) -> None:
    path = written(tmp_path, {"select_all": False, SMALL: True, LARGE: False})
    assert ids(Amount.light, path) == []
    assert ids(Amount.mid, path) == [SMALL]
    assert ids(Amount.heavy, path) == [file.id for file in all_weights()]
    everything = written(tmp_path, {"select_all": True, SMALL: False})
    assert ids(Amount.mid, everything) == ids(Amount.heavy, everything)
    assert ids(Amount.light, everything) == []


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"resnet18": True}, "no published weights 'resnet18'"),
        ({"select_al": True}, "no published weights 'select_al'"),
        ({SMALL: 1}, f"'{SMALL}' is 1. Write true or false"),
        ({"select_all": "yes"}, "'select_all' is 'yes'"),
        ([SMALL], "no JSON object"),
    ],
)
@pytest.mark.parametrize("amount", [*Amount])
def test_a_mistake_is_named_with_file_and_key(
    tmp_path: Path, document: Any, told: str, amount: Amount
) -> None:
    path = written(tmp_path, document)
    with pytest.raises(InvalidSpec) as raised:
        selected(amount, path)
    assert str(path) in raised.value.message and told in raised.value.message


def test_a_file_that_is_absent_or_torn(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="networks"):
        selected(Amount.mid, tmp_path / "networks.json")
    (tmp_path / "networks.json").write_text('{"select_all": ')
    with pytest.raises(Corrupt, match="not valid JSON"):
        selected(Amount.mid, tmp_path / "networks.json")
