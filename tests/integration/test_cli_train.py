"""`segsmith train` and `segsmith predict` with the real engines that are installed here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.command_line import CommandLine
from tests.training_jobs import CLASSES, make_dataset
from training_api.spec.environments import engine_python
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import verify_model

INSTALLED = [engine for engine in EngineName if engine_python(engine)]
SMALL: dict[EngineName, tuple[object, ...]] = {
    EngineName.torch: ("--network", "unet", "--epochs", 4, "--base-size", 64, "--batch-size", 2),
    EngineName.gluoncv: (
        *("--engine", "gluoncv", "--network", "fastscnn", "--epochs", 2),
        *("--base-size", 96, "--crop-size", 96, "--batch-size", 2),
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("train")
    make_dataset(place / "parts", count=10, height=96, width=128)
    return place


@pytest.fixture(scope="module")
def segsmith(place: Path) -> CommandLine:
    return CommandLine(place / "home")


@pytest.fixture(scope="module", params=INSTALLED)
def trained(request: Any, segsmith: CommandLine, place: Path) -> dict[str, Any]:
    """The JSON object of a short training run with one engine."""
    words = (*SMALL[request.param], "--name", f"small {request.param}")
    return segsmith.json("train", place / "parts", *words)


def test_the_torch_engine_is_installed_for_these_tests() -> None:
    assert EngineName.torch in INSTALLED


def test_training_tells_quality_speed_and_place(trained: dict[str, Any]) -> None:
    assert trained["state"] == "succeeded" and trained["message"] == ""
    assert list(trained["iou"]) == CLASSES
    defined = [value for value in trained["iou"].values() if value is not None]
    assert trained["miou"] == pytest.approx(np.mean(defined))
    assert 0 < trained["miou"] <= 1 and trained["images_per_second"] > 0
    assert 0 < trained["seconds"] < 600
    job_dir = Path(trained["job_dir"])
    for name in ("spec.json", "events.jsonl", "metrics.csv", "split.json", "checkpoints"):
        assert (job_dir / name).exists(), name
    assert (job_dir / "log.txt").read_text().startswith("Segsmith trainer, attempt 1")


def test_the_model_is_whole_and_says_the_same(trained: dict[str, Any]) -> None:
    manifest = verify_model(Path(trained["model"]))
    assert manifest.name == trained["name"]
    assert manifest.metrics["miou"] == pytest.approx(trained["miou"])
    assert [entry.name for entry in manifest.classes] == CLASSES
    assert (Path(trained["model"]) / "predict.py").is_file()


def test_the_model_predicts_by_name_folder_and_zip(
    segsmith: CommandLine, place: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    archive = tmp_path / "model.zip"
    downloaded = segsmith.run("models", "download", trained["name"], "--out", archive)
    assert downloaded.returncode == 0, downloaded.stderr
    image = place / "parts" / "images" / "part 000.png"
    masks = []
    for number, model in enumerate((trained["name"], trained["model"], archive)):
        out = tmp_path / f"{number}.png"
        result = segsmith.json("predict", model, image, "--out", out)
        shares = {c["name"]: c["share"] for c in result["images"][0]["classes"]}
        assert list(shares) == CLASSES and sum(shares.values()) == pytest.approx(1)
        with Image.open(out) as mask:
            assert mask.mode == "P" and mask.size == (128, 96)
            masks.append(np.asarray(mask))
    assert masks[0].max() < len(CLASSES)
    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(masks[0], masks[2])


def test_the_zip_predicts_without_us(
    segsmith: CommandLine, place: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    """predict.py of the model gives the mask that `segsmith predict` gives."""
    import subprocess

    manifest = verify_model(Path(trained["model"]))
    if manifest.exports["onnx"]["status"] != "shipped":
        assert manifest.exports["onnx"]["reason"], "a refused export says why"
        return
    image = place / "parts" / "images" / "part 001.png"
    ours, theirs = tmp_path / "ours.png", tmp_path / "theirs.png"
    segsmith.json("predict", trained["name"], image, "--out", ours)
    script = Path(trained["model"]) / "predict.py"
    command = [sys.executable, "-P", str(script), str(image), "--out", str(theirs)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(ours) as one, Image.open(theirs) as other:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_ctrl_c_keeps_the_model_and_resume_goes_on(segsmith: CommandLine, place: Path) -> None:
    words = (*SMALL[EngineName.torch], "--epochs", 500, "--name", "long", "--json")
    command = segsmith.start("train", place / "parts", *words)
    command.wait_for("epoch   1")
    command.interrupt()
    code, result = command.finish()
    assert (code, result["state"]) == (130, "cancelled")
    assert verify_model(Path(result["model"])).name == "long"
    assert any("segsmith resume long" in line for line in command.lines)

    resumed = segsmith.start("resume", "long", "--json")
    epoch = int(resumed.wait_for("epoch   ").split()[1])
    assert epoch > result["epoch"]
    resumed.interrupt()
    code, again = resumed.finish()
    assert (code, again["state"], again["job"]) == (130, "cancelled", result["job"])
    events = Path(result["job_dir"], "events.jsonl").read_text().splitlines()
    epochs = [e["epoch"] for e in map(json.loads, events) if e["event"] == "validation"]
    assert epochs == list(range(1, len(epochs) + 1)), "no epoch is lost or repeated"
