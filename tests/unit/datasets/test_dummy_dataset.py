"""The sample dataset: what it holds, and that its script still paints it."""

from __future__ import annotations

import json

import cv2
import generate_dummy_dataset as script
import numpy as np
import pytest
from console import ROOT
from PIL import Image
from sample_painter.layout import HEIGHT, PAD, WIDTH, Layout, Part
from sample_painter.scene import layout_of, photo_of

FOLDER = ROOT / "datasets" / "dummy_dataset"
NAMES = [script.name_of(index) for index in range(script.COUNT)]


def label(name: str) -> np.ndarray:
    with Image.open(FOLDER / "labels" / f"{name}.png") as image:
        assert image.mode == "P"
        assert image.getpalette()[: len(script.PALETTE)] == script.PALETTE
        return np.asarray(image)


@pytest.fixture(scope="module")
def labels() -> list[np.ndarray]:
    return [label(name) for name in NAMES]


def test_files_classes_and_size():
    assert script.COUNT >= 60
    assert sorted(path.stem for path in (FOLDER / "images").iterdir()) == NAMES
    assert sorted(path.stem for path in (FOLDER / "labels").iterdir()) == NAMES
    classes = json.loads((FOLDER / "objectclasses.json").read_text())
    assert classes == {"classes": 3, "classesname": ["background", "pad", "circle"]}
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < 5_000_000
    for name in NAMES:
        with Image.open(FOLDER / "images" / f"{name}.jpg") as image:
            assert (image.size, image.mode) == ((WIDTH, HEIGHT), "RGB")


def test_the_script_gives_these_very_labels(labels):
    for index, committed in enumerate(labels):
        assert np.array_equal(layout_of(script.SEED, index).labels(), committed), NAMES[index]


@pytest.mark.parametrize("index", [0, 31, script.COUNT - 1])
def test_the_script_gives_these_photos(index):
    """Up to rounding: the vector units of another processor add in another order."""
    jpeg = cv2.imencode(
        ".jpg", photo_of(script.SEED, index), [cv2.IMWRITE_JPEG_QUALITY, script.JPEG_QUALITY]
    )[1]
    painted = cv2.imdecode(jpeg, cv2.IMREAD_COLOR).astype(int)
    data = np.frombuffer((FOLDER / "images" / f"{NAMES[index]}.jpg").read_bytes(), np.uint8)
    committed = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(int)
    assert np.abs(painted - committed).mean() < 0.5


def test_each_class_is_in_most_pictures_and_missing_from_some(labels):
    for kind in (1, 2):
        share = np.mean([(ids == kind).any() for ids in labels])
        assert 0.75 < share < 1
        assert 0.01 < np.mean([(ids == kind).mean() for ids in labels]) < 0.1
    assert all((ids == 0).mean() > 0.5 for ids in labels)


def test_brightness_alone_does_not_find_the_pads(labels):
    """Even two thresholds chosen with the labels in hand leave a third of the pads wrong."""
    counts = np.zeros((3, 256))
    for name, ids in zip(NAMES, labels, strict=True):
        data = np.frombuffer((FOLDER / "images" / f"{name}.jpg").read_bytes(), np.uint8)
        grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        counts += [np.bincount(grey[ids == kind], minlength=256) for kind in range(3)]
    below = np.concatenate([np.zeros((3, 1)), counts.cumsum(axis=1)], axis=1)
    total = counts[PAD].sum()
    best = 0.0
    for low in range(256):
        hits, chosen = below[PAD] - below[PAD, low], (below - below[:, [low]]).sum(axis=0)
        best = max(best, float((hits / (total + chosen - hits))[low:].max()))
    assert best < 0.67


def test_a_label_is_the_shape_itself():
    part = Part(kind=PAD, cx=100, cy=60, angle=0.0, half_u=20, half_v=10, radius=0.0)
    ids = Layout(parts=(part,), angle=0.0, scale=1.0).labels()
    assert (ids == PAD).sum() == 40 * 20
    assert ids[60, 100] == PAD and ids[60, 121] == 0
