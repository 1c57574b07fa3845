"""Classifiers that users bring: what a folder must hold, and how it is added."""

from __future__ import annotations

from pathlib import Path

import pytest

from training_api.spec.errors import Corrupt, InvalidSpec, NotFound
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.classifier import add_classifier, all_classifiers, read_classifier


def made(folder: Path, weights: str = "model_best.params") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"network": "resnet50_v1b", "lr": 0.1}')
    (folder / "classes.txt").write_text("cap,no cap\n")
    (folder / weights).write_bytes(b"tensors")
    (folder / "log.txt").write_text("not wanted")
    return folder


def no_conversion(source: Path, target: Path) -> None:
    raise AssertionError("nothing is to be converted")


def test_a_folder_is_read_by_its_three_files(tmp_path: Path) -> None:
    found = read_classifier(made(tmp_path / "caps"))
    assert (found.name, found.architecture, found.classes) == (
        "caps",
        "resnet50_v1b",
        ["cap", "no cap"],
    )
    assert found.weights(EngineName.gluoncv) == tmp_path / "caps" / "model_best.params"
    assert found.weights(EngineName.torch) is None


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder = made(tmp_path / "caps")
    (folder / "classes.txt").unlink()
    with pytest.raises(NotFound, match=r"classes\.txt does not exist"):
        read_classifier(folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(Corrupt, match="does not name the architecture"):
        read_classifier(folder)
    with pytest.raises(NotFound, match="no classifier 'pads'"):
        read_classifier(tmp_path / "pads")


def test_an_added_classifier_is_a_copy_of_what_counts(tmp_path: Path) -> None:
    root = tmp_path / "weights"
    added = add_classifier(made(tmp_path / "caps"), root, no_conversion)
    assert {path.name for path in added.folder.iterdir()} == {
        "model_best.params",
        "classes.txt",
        "config.json",
    }
    again = add_classifier(tmp_path / "caps", root, no_conversion)
    assert [entry.name for entry in all_classifiers(root)] == ["caps"] == [again.name]


def test_a_pickled_one_is_converted_on_its_way(tmp_path: Path) -> None:
    def convert(source: Path, target: Path) -> None:
        target.write_bytes(b"converted " + source.read_bytes())

    added = add_classifier(made(tmp_path / "caps", "best.pth"), tmp_path / "weights", convert)
    path = added.weights(EngineName.torch)
    assert path is not None
    assert path.read_bytes() == b"converted tensors"
    assert not list(added.folder.glob("*.pth"))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    folder = made(tmp_path / "caps")
    (folder / "model_best.params").unlink()
    with pytest.raises(InvalidSpec, match=r"holds no weights: model_best\.params"):
        add_classifier(folder, tmp_path / "weights", no_conversion)
    assert all_classifiers(tmp_path / "weights") == []
