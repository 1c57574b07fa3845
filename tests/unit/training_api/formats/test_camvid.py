"""CamVid's layout: lists written elsewhere, a void class, a split that is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training_api.dataset_reader import DatasetReader
from training_api.formats import scan_folder
from training_api.spec.dataset import IGNORE, DatasetVersion
from training_api.spec.job import Split
from training_api.spec.split import planned_counts, split_of

NAMES = ("sky", "road", "car", "void")


def write_camvid(folder: Path, prefix: str = "", names: tuple[str, ...] = NAMES) -> Path:
    """3 training and 2 validation images whose labels hold every id once in each row."""
    random = np.random.default_rng(3)
    label = np.tile(np.arange(4, dtype=np.uint8), (6, 2))
    for part, count in (("train", 3), ("val", 2)):
        lines = []
        for place in (part, part + "annot"):
            (folder / place).mkdir(parents=True)
        for index in range(count):
            name = f"{part}_{index}.png"
            Image.fromarray(random.integers(0, 255, (6, 8, 3), np.uint8)).save(folder / part / name)
            Image.fromarray(label).save(folder / f"{part}annot" / name)
            lines.append(f"{prefix}{part}/{name} {prefix}{part}annot/{name}")
        (folder / f"{part}.txt").write_text("\n".join(lines) + "\n")
    if names:
        (folder / "labels.txt").write_text("\n".join(names) + "\n")
    return folder


def version_of(folder: Path) -> DatasetVersion:
    scan = scan_folder(folder)
    assert scan.version is not None, scan.problems
    return scan.version


@pytest.mark.parametrize("prefix", ["", "/SegNet/CamVid/", "../elsewhere/".removeprefix("../")])
def test_lists_work_wherever_they_were_written(tmp_path: Path, prefix: str) -> None:
    version = version_of(write_camvid(tmp_path / "street", prefix))
    assert version.format == "camvid"
    assert [entry.name for entry in version.classes] == ["sky", "road", "car"]
    assert (version.void, len(version.samples)) == ([3], 5)
    assert version.samples[0].pixels == [12, 12, 12]
    assert version.samples[0].ignored == 12


def test_void_is_read_as_ignored(tmp_path: Path) -> None:
    version = version_of(write_camvid(tmp_path / "street"))
    _, label = DatasetReader(version, Path(version.root), 0).full("train_0")
    assert [*np.unique(label)] == [0, 1, 2, IGNORE]


def test_the_split_is_kept_unless_one_wants_another(tmp_path: Path) -> None:
    version = version_of(write_camvid(tmp_path / "street"))
    kept = split_of(version, Split(training_percent=20), seed=5)
    assert kept.validation == ["val_0", "val_1"]
    assert planned_counts(version, Split(training_percent=20)) == (3, 2)
    drawn = Split(training_percent=20, use_dataset_split=False)
    assert planned_counts(version, drawn) == (1, 4)
    assert len(split_of(version, drawn, seed=5).training) == 1


def test_without_names_camvids_own_are_taken(tmp_path: Path) -> None:
    scan = scan_folder(write_camvid(tmp_path / "street", names=()))
    assert scan.version is not None
    assert len(scan.version.classes) == 11 and scan.version.void == [11]
    assert "missing_names" in [problem.code for problem in scan.problems]


def test_a_split_is_part_of_what_a_version_is(tmp_path: Path) -> None:
    folder = write_camvid(tmp_path / "street")
    before = version_of(folder).id
    lines = (folder / "train.txt").read_text().splitlines()
    (folder / "train.txt").write_text("\n".join(lines[:-1]))
    with (folder / "val.txt").open("a") as file:
        file.write(lines[-1])
    assert version_of(folder).id != before


@pytest.mark.parametrize(
    ("line", "code", "file"),
    [
        ("train/none.png trainannot/train_0.png", "listed_file_missing", "train/none.png"),
        ("train/train_0.png", "bad_line", "val.txt:3"),
        ("../train/train_0.png trainannot/train_0.png", "listed_file_missing", "../train"),
        ("train/train_0.png trainannot/train_0.png", "listed_twice", "train/train_0.png"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, line: str, code: str, file: str) -> None:
    folder = write_camvid(tmp_path / "street")
    with (folder / "val.txt").open("a") as lines:
        lines.write(line + "\n")
    scan = scan_folder(folder)
    assert scan.version is None
    problem = next(problem for problem in scan.problems if problem.code == code)
    assert any(name.startswith(file) for name in problem.files), problem


def test_void_must_come_last(tmp_path: Path) -> None:
    scan = scan_folder(write_camvid(tmp_path / "street", names=("void", "sky", "road", "car")))
    assert scan.version is None
    assert "void_in_between" in [problem.code for problem in scan.problems]


def test_an_unknown_id_names_the_file(tmp_path: Path) -> None:
    scan = scan_folder(write_camvid(tmp_path / "street", names=("sky", "road", "void")))
    assert scan.version is None
    problem = next(p for p in scan.problems if p.code == "unknown_class_id")
    assert problem.files[0].startswith("trainannot/train_0.png")
