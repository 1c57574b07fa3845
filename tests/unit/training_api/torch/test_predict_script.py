"""The predict.py that a model carries, run as its user does: without any of our packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.small_torch import batch, make_engine, photo
from training_api.exports import exports_for
from training_api.exports.scripts import write_scripts
from training_api.spec.dataset import DatasetClass
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import ModelManifest
from training_api.transforms.decode import decode_image


def manifest_of(engine: Any, exports: dict[str, Any]) -> ModelManifest:
    return ModelManifest(
        id="m-1",
        name="Panels | test",
        created="2026-01-01T00:00:00Z",
        job_id="j-1",
        engine="torch",
        network={"name": "unet", "title": "U-Net"},
        dataset={"name": "panels", "training_images": 8, "validation_images": 2},
        classes=[
            DatasetClass(id=0, name="background", colour=(0, 0, 0)),
            DatasetClass(id=1, name="pad|left", colour=(230, 159, 0)),
        ],
        preprocessing=engine.preprocessing,
        metrics={"epoch": 3, "miou": 0.81234, "iou": [0.9, None]},
        spec={},
        environment={},
        licences={"network": "MIT"},
        exports=exports,
        files={},
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A model folder and the engine that it came from."""
    folder = tmp_path_factory.mktemp("model")
    engine = make_engine()
    for step in range(10):
        engine.train_step(*batch(step, 4), 0.003)
    target = folder / "exports" / "onnx"
    target.mkdir(parents=True)
    [export] = exports_for(EngineName.torch)
    record = export.export(engine, [photo(97, 130)], target)
    manifest = manifest_of(engine, {"onnx": record})
    write_scripts(folder, manifest)
    manifest.save(folder)
    return folder, engine


def run(folder: Path, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """Isolated from the environment's path: our packages cannot be imported."""
    command = [sys.executable, "-I", str(folder / "predict.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_masks_are_those_of_the_evaluation(model: tuple[Path, Any], tmp_path: Path) -> None:
    folder, engine = model
    upright = Image.fromarray(photo(151, 203, 1))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90° for display
    upright.save(tmp_path / "turned.jpg", exif=exif)
    Image.fromarray(photo(64, 80, 2)).save(tmp_path / "plain.png")
    grey = photo(70, 90, 3)[..., 0].astype(np.uint16) * 256
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(photo(70, 90, 3)).convert("RGBA").save(tmp_path / "alpha.png")
    names = ["turned.jpg", "plain.png", "grey.png", "alpha.png"]
    done = run(folder, *(tmp_path / name for name in names), "--out", tmp_path / "masks")
    assert done.returncode == 0, done.stderr
    for name in names:
        pixels = decode_image((tmp_path / name).read_bytes(), name)
        _, expected = engine.evaluate(pixels[None], np.zeros((1, *pixels.shape[:2]), np.uint8))
        with Image.open(tmp_path / "masks" / f"{Path(name).stem}.png") as mask:
            assert mask.mode == "P"
            assert mask.getpalette()[:6] == [0, 0, 0, 230, 159, 0]
            found = np.asarray(mask)
        assert found.shape == expected[0].shape
        assert (found == expected[0]).mean() > 0.9999
    assert (found == 1).any()


def test_one_image_goes_to_a_file_and_a_bad_one_is_named(
    model: tuple[Path, Any], tmp_path: Path
) -> None:
    folder, _ = model
    Image.fromarray(photo(64, 80)).save(tmp_path / "a.png")
    assert run(folder, tmp_path / "a.png", "--out", tmp_path / "new" / "mask.png").returncode == 0
    with Image.open(tmp_path / "new" / "mask.png") as mask:
        assert mask.size == (80, 64)
    (tmp_path / "bad.png").write_bytes(b"no image")
    Image.fromarray(photo(64, 80)).save(tmp_path / "a.bmp")
    paths = [tmp_path / name for name in ("bad.png", "a.png", "a.bmp")]
    done = run(folder, *paths, "--out", tmp_path / "masks")
    assert done.returncode == 1
    assert "bad.png" in done.stderr
    written = sorted(path.name for path in (tmp_path / "masks").iterdir())
    assert written == ["a.bmp.png", "a.png.png"], "one name would have replaced the other"


def test_the_readme_tells_quality_and_usage(model: tuple[Path, Any], tmp_path: Path) -> None:
    folder, engine = model
    text = (folder / "README.md").read_text()
    assert "# Panels | test" in text
    assert "mIoU **0.8123**" in text
    assert r"| 1 | pad\|left | (230, 159, 0) | – |" in text
    assert "python predict.py photo.jpg" in text
    assert "$" not in text
    write_scripts(tmp_path, manifest_of(engine, {"onnx": {"status": "refused", "reason": "?"}}))
    assert not (tmp_path / "predict.py").exists()
    assert "segsmith predict" in (tmp_path / "README.md").read_text()
