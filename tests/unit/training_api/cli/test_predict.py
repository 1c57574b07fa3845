"""segsmith predict: where masks go, what they hold, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.colour_model import picture, publish, truth
from tests.command_line import CommandLine, last_json
from training_api.cli.predict import planned
from training_api.spec.errors import InvalidDataset
from training_api.spec.model_zip import zip_pieces


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the model `colours`, its ZIP, and images."""
    place = tmp_path_factory.mktemp("predict")
    folder = publish(place / "home" / "models", "m-1", "colours")
    (place / "m.zip").write_bytes(b"".join(zip_pieces(folder)))
    (place / "photos").mkdir()
    for name, size in (("a.png", (40, 60)), ("b.bmp", (30, 20))):
        Image.fromarray(picture(*size)).save(place / "photos" / name)
    (place / "photos" / "notes.txt").write_text("no image")
    return place


@pytest.fixture
def segsmith(place: Path) -> CommandLine:
    return CommandLine(place / "home")


@pytest.mark.parametrize("model", ["m-1", "colours", "home/models/m-1", "m.zip"])
def test_a_model_is_taken_by_id_name_folder_and_zip(
    segsmith: CommandLine, place: Path, tmp_path: Path, model: str
) -> None:
    out = tmp_path / "mask.png"
    result = segsmith.json("predict", model, place / "photos" / "a.png", "--out", out)
    assert (result["model"], result["name"]) == ("m-1", "colours")
    (entry,) = result["images"]
    assert entry["out"] == str(out)
    assert [c["pixels"] for c in entry["classes"]] == [1500, 300, 600]
    with Image.open(out) as mask:
        assert mask.mode == "P" and mask.size == (60, 40)
        assert mask.getpalette()[3:6] == [200, 10, 20]
        np.testing.assert_array_equal(np.asarray(mask), truth(40, 60))


def test_several_images_go_into_a_folder(
    segsmith: CommandLine, place: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "masks"
    done = segsmith.run("predict", "colours", place / "photos", "--out", out)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.png"]
    with Image.open(out / "b.png") as mask:
        np.testing.assert_array_equal(np.asarray(mask), truth(30, 20))
    assert "pad 12.5%" in done.stdout


def test_one_bad_image_does_not_stop_the_others(
    segsmith: CommandLine, place: Path, tmp_path: Path
) -> None:
    text = place / "photos" / "notes.txt"
    image = place / "photos" / "a.png"
    done = segsmith.run("predict", "colours", text, image, "--out", tmp_path, "--json")
    assert done.returncode == 1
    assert "1 of 2 images could not be predicted" in done.stderr
    bad, good = last_json(done.stdout)["images"]
    assert "cannot be read as an image" in bad["error"] and "out" not in bad
    assert Path(good["out"]).is_file() and not (tmp_path / "notes.png").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none", "photos/a.png", "--out", "m.png"], "There is no model 'none'"),
        (["colours", "photos/none.png", "--out", "m.png"], "none.png does not exist"),
        (["colours", "photos/a.png", "--out", "m.jpg"], "masks are PNG files"),
        (["colours", "photos", "--out", "m.zip"], "m.zip is a file"),
        (["photos", "photos/a.png", "--out", "m.png"], "not a model"),
        (["photos/a.png", "photos/a.png", "--out", "m.png"], "Name the ZIP"),
    ],
)
def test_a_refusal_is_one_sentence(segsmith: CommandLine, words: list[str], told: str) -> None:
    done = segsmith.run("predict", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ") and told in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_one_image_and_a_folder(tmp_path: Path) -> None:
    image = tmp_path / "a.jpg"
    image.touch()
    assert planned([image], tmp_path / "out") == [(image, tmp_path / "out" / "a.png")]
    (tmp_path / "dir.png").mkdir()
    assert planned([image], tmp_path / "dir.png") == [(image, tmp_path / "dir.png" / "a.png")]
    assert planned([image], tmp_path / "x" / "M.PNG") == [(image, tmp_path / "x" / "M.PNG")]


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    images = [tmp_path / "a.jpg", tmp_path / "a.png"]
    for image in images:
        image.touch()
    with pytest.raises(InvalidDataset, match="would both become"):
        planned(images, tmp_path / "out")


def test_the_json_is_the_last_line_and_all_of_standard_output(
    segsmith: CommandLine, place: Path, tmp_path: Path
) -> None:
    done = segsmith.run(
        "predict", "colours", place / "photos" / "a.png", "--out", tmp_path / "m.png", "--json"
    )
    assert json.loads(done.stdout)["images"]


@pytest.mark.parametrize("name", ["mask.png", "masks"])
def test_a_place_where_nothing_can_be_written_is_told_before(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    image = place / "photos" / "a.png"
    monkeypatch.delenv("SEGSMITH_HOME", raising=False)
    with pytest.raises(InvalidDataset, match=r"^/proc/none.* Name another place with --out\.$"):
        planned([image], Path("/proc/none") / name / "mask.png")
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("SEGSMITH_HOME", "/data/segsmith")
    with pytest.raises(InvalidDataset, match="with --out, as below /data/segsmith"):
        planned([image], tmp_path / name)
