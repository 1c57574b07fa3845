"""The folder format: what it accepts, and one broken folder per fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import InvalidDataset

NAMES = ["background", "part"]


def write_dataset(folder: Path, count: int = 3, size: tuple[int, int] = (32, 24)) -> Path:
    """`count` random images with labels of ids 0 and 1; `size` is (width, height)."""
    random = np.random.default_rng(7)
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for index in range(count):
        pixels = random.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"photo {index}.v1.jpg")
        label = np.zeros((size[1], size[0]), np.uint8)
        label[4:12, 4:20] = 1
        label[0, 0] = 255
        Image.fromarray(label).save(folder / "labels" / f"photo {index}.v1.png")
    classes = {"classes": len(NAMES), "classesname": NAMES}
    (folder / "objectclasses.json").write_text(json.dumps(classes))
    return folder


def test_a_good_folder_becomes_a_version(tmp_path: Path) -> None:
    scan = scan_folder(write_dataset(tmp_path / "parts"))
    assert scan.problems == []
    version = scan.version
    assert version is not None
    assert [sample.stem for sample in version.samples] == [f"photo {i}.v1" for i in range(3)]
    assert version.samples[0].pixels == [32 * 24 - 8 * 16 - 1, 8 * 16]
    assert version.samples[0].ignored == 1
    assert sum(version.pixel_shares) == pytest.approx(1)
    saved = version.save(tmp_path)
    assert DatasetVersion.load(saved) == version


@pytest.mark.parametrize("part", ["images", "labels"])
def test_of_a_missing_folder_only_that_is_said(tmp_path: Path, part: str) -> None:
    folder = write_dataset(tmp_path / "parts")
    (folder / part).rename(tmp_path / "elsewhere")
    scan = scan_folder(folder)
    assert scan.version is None
    assert [(problem.code, problem.files) for problem in scan.problems] == [
        ("missing_folder", [f"{part}/"])
    ]


def test_the_id_stands_for_content_and_place(tmp_path: Path) -> None:
    """A version never changes, so the same files elsewhere are another one."""
    folder = write_dataset(tmp_path / "a" / "parts")
    first, again = scan_folder(folder).version, scan_folder(folder).version
    elsewhere = scan_folder(write_dataset(tmp_path / "b" / "parts")).version
    (folder / "images" / "photo 0.v1.jpg").write_bytes(
        (folder / "images" / "photo 1.v1.jpg").read_bytes()
    )
    changed = scan_folder(folder).version
    assert first and again and elsewhere and changed
    assert first.id == again.id
    assert len({first.id, elsewhere.id, changed.id}) == 3


def test_a_file_beyond_the_memory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(image: Image.Image) -> None:
        raise MemoryError

    folder = write_dataset(tmp_path / "parts", count=2)
    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.load", refuse)
    [problem] = scan_folder(folder).problems
    assert "too much memory" in problem.message
    assert problem.files == ["images/photo 0.v1.jpg", "images/photo 1.v1.jpg"]


def test_a_one_bit_label_counts_as_0_and_1(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "parts", count=2)
    for path in (folder / "labels").iterdir():
        Image.fromarray(np.asarray(Image.open(path)) == 1).save(path)
    version = scan_folder(folder).version
    assert version is not None
    assert version.samples[0].pixels == [32 * 24 - 8 * 16, 8 * 16]


def test_a_palette_gives_the_colours(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "parts")
    for path in (folder / "labels").iterdir():
        label = Image.open(path).convert("L").copy()
        label.putpalette([9, 9, 9, 200, 10, 20] + [0] * 762)
        label.save(path)
    version = scan_folder(folder).version
    assert version is not None
    assert [entry.colour for entry in version.classes] == [(9, 9, 9), (200, 10, 20)]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="nowhere is not a folder"):
        scan_folder(tmp_path / "nowhere")


def _save_label(folder: Path, values: np.ndarray) -> None:
    Image.fromarray(values).save(folder / "labels" / "photo 0.v1.png")


def _truncate(folder: Path) -> None:
    path = folder / "images" / "photo 0.v1.jpg"
    path.write_bytes(path.read_bytes()[:300])


def _binary(folder: Path) -> None:
    for path in (folder / "labels").iterdir():
        values = np.zeros((24, 32), np.uint8)
        values[4:8] = 255
        Image.fromarray(values).save(path)


def _renamed_vector(folder: Path) -> None:
    (folder / "images" / "photo 0.v1.jpg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")


def _classes(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "objectclasses.json").write_text(text)


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no classes file": (
        lambda folder: (folder / "objectclasses.json").unlink(),
        "missing_classes",
        "objectclasses.json",
    ),
    "classes file torn": (_classes('{"classes": 2'), "bad_classes", "objectclasses.json"),
    "classes key missing": (_classes('{"classes": 2}'), "bad_classes", "objectclasses.json"),
    "count and names differ": (
        _classes('{"classes": 3, "classesname": ["a", "b"]}'),
        "bad_classes",
        "objectclasses.json",
    ),
    "name twice": (
        _classes('{"classes": 2, "classesname": ["a", "a"]}'),
        "bad_classes",
        "objectclasses.json",
    ),
    "one class": (
        _classes('{"classes": 1, "classesname": ["a"]}'),
        "bad_classes",
        "objectclasses.json",
    ),
    "label missing": (
        lambda folder: (folder / "labels" / "photo 1.v1.png").unlink(),
        "image_without_label",
        "images/photo 1.v1.jpg",
    ),
    "image missing": (
        lambda folder: (folder / "images" / "photo 1.v1.jpg").unlink(),
        "label_without_image",
        "labels/photo 1.v1.png",
    ),
    "sizes differ": (
        lambda folder: _save_label(folder, np.zeros((24, 31), np.uint8)),
        "size_mismatch",
        "labels/photo 0.v1.png",
    ),
    "id outside the classes": (
        lambda folder: _save_label(folder, np.full((24, 32), 7, np.uint8)),
        "unknown_class_id",
        "labels/photo 0.v1.png (768 pixels)",
    ),
    "colour label": (
        lambda folder: _save_label(folder, np.zeros((24, 32, 3), np.uint8)),
        "unreadable_file",
        "labels/photo 0.v1.png",
    ),
    "truncated image": (_truncate, "unreadable_file", "images/photo 0.v1.jpg"),
    "empty image": (
        lambda folder: (folder / "images" / "photo 0.v1.jpg").write_bytes(b""),
        "unreadable_file",
        "images/photo 0.v1.jpg",
    ),
    "not an image": (_renamed_vector, "unreadable_file", "images/photo 0.v1.jpg"),
    "two images of one name": (
        lambda folder: Image.new("RGB", (32, 24)).save(folder / "images" / "photo 0.v1.png"),
        "same_name",
        "images/photo 0.v1.png",
    ),
    "0 and 255 only": (_binary, "binary_mask", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_error_that_names_the_file(tmp_path: Path, fault: str) -> None:
    break_it, code, file = FAULTS[fault]
    folder = write_dataset(tmp_path / "parts")
    break_it(folder)
    scan = scan_folder(folder)
    assert scan.version is None
    errors = [problem for problem in scan.problems if problem.severity == "error"]
    assert [problem.code for problem in errors] == [code]
    assert errors[0].files == ([file] if file else [])
    assert errors[0].message.endswith(".")


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "parts", count=5)
    (folder / "labels" / "photo 1.v1.png").unlink()
    _truncate(folder)
    (folder / "images" / "notes.txt").write_text("mine")
    scan = scan_folder(folder)
    codes = {problem.code for problem in scan.problems}
    assert codes == {"image_without_label", "unreadable_file", "not_an_image"}


def test_one_pair_is_too_few(tmp_path: Path) -> None:
    scan = scan_folder(write_dataset(tmp_path / "parts", count=1))
    assert [problem.code for problem in scan.problems] == ["too_few_images"]


def test_an_unused_class_is_a_warning(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "parts")
    _classes('{"classes": 3, "classesname": ["a", "b", "rare"]}')(folder)
    scan = scan_folder(folder)
    assert scan.version is not None
    assert [problem.code for problem in scan.problems] == ["empty_class"]
    assert "rare" in scan.problems[0].message


def test_exif_rotation_counts_as_displayed(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "parts")
    path = folder / "images" / "photo 0.v1.jpg"
    upright = Image.open(path).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(path, exif=exif)
    assert scan_folder(folder).problems == []
