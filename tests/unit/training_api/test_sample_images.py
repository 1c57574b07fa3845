"""Pictures for the browser: small, few, and masks that can be laid over the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training_api.sample_images import MOST_VALIDATIONS, SampleImages, chosen_stems
from training_api.spec.dataset import DatasetClass, FileEntry, Sample

CLASSES = [
    DatasetClass(id=0, name="Background", colour=(0, 0, 0)),
    DatasetClass(id=1, name="pad", colour=(200, 10, 20)),
]


def written(tmp_path: Path, image: np.ndarray, mask: np.ndarray) -> dict[str, Image.Image]:
    samples = SampleImages(tmp_path, tmp_path / "samples", ["odd/../name"], CLASSES, validations=3)
    samples.remember("odd/../name", image, mask)
    (entry,) = samples.write(2, {"odd/../name": mask})
    assert entry.pop("stem") == "odd/../name"
    opened = {}
    for part, path in entry.items():
        assert path.startswith("samples/2/0-")
        with Image.open(tmp_path / path) as file:
            file.load()
            opened[part] = file.copy()
    return opened


def test_large_images_are_scaled_and_ids_stay_exact(tmp_path: Path) -> None:
    mask = np.zeros((600, 1200), np.uint8)
    mask[:300] = 1
    mask[500:] = 255
    found = written(tmp_path, np.full((600, 1200, 3), 90, np.uint8), mask)
    assert {part: image.size for part, image in found.items()} == {
        "image": (512, 256),
        "truth": (512, 256),
        "prediction": (512, 256),
    }
    assert set(np.unique(np.array(found["truth"]))) == {0, 1, 255}
    assert np.array_equal(np.array(found["truth"]), np.array(found["prediction"]))


def test_background_and_ignored_pixels_are_transparent(tmp_path: Path) -> None:
    mask = np.array([[0, 1, 255]], np.uint8)
    found = written(tmp_path, np.zeros((1, 3, 3), np.uint8), mask)
    shown = np.array(found["truth"].convert("RGBA"))[0]
    assert shown[:, 3].tolist() == [0, 255, 0]
    assert shown[1, :3].tolist() == [200, 10, 20]


@pytest.mark.parametrize("validations", [1, 3, 200, 201, 1000, 99_999])
def test_at_most_about_200_validations_are_shown(tmp_path: Path, validations: int) -> None:
    samples = SampleImages(tmp_path, tmp_path, [], CLASSES, validations)
    due = [number for number in range(1, validations + 1) if samples.is_due(number)]
    assert due[0] == 1 and due[-1] == validations
    assert min(validations, MOST_VALIDATIONS // 2) <= len(due) <= MOST_VALIDATIONS + 1


def test_samples_with_most_classes_are_shown_first() -> None:
    file = FileEntry(path="a", sha256="0", size=1)

    def sample(stem: str, *pixels: int) -> Sample:
        return Sample(stem=stem, image=file, label=file, width=1, height=1, pixels=list(pixels))

    samples = [
        sample("a", 9, 0, 0),
        sample("b", 5, 1, 0),
        sample("c", 5, 1, 3),
        sample("d", 9, 0, 1),
    ]
    assert chosen_stems(samples) == ["c", "b", "d", "a"]
    assert chosen_stems([*samples, sample("e", 1, 1, 1)]) == ["c", "e", "b", "d"]
