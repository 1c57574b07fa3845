"""Whatever a user gets wrong is a sentence that names the culprit, and nothing is left behind."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.command_line import CommandLine, last_json
from tests.numpy_agent import interpreter
from tests.training_jobs import make_dataset

Spoil = Callable[[Path], object]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original") / "parts"
    make_dataset(folder, count=3)
    return folder


@pytest.fixture
def segsmith(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON=str(interpreter(tmp_path)))


def label(folder: Path, number: int) -> Path:
    return folder / "labels" / f"part {number:03d}.png"


def photo(folder: Path, number: int) -> Path:
    return folder / "images" / f"part {number:03d}.png"


def put_id(folder: Path, value: int) -> None:
    with Image.open(label(folder, 1)) as image:
        ids = np.array(image)
    ids[0, 0] = value
    Image.fromarray(ids).save(label(folder, 1))


def write_classes(folder: Path, text: str) -> None:
    (folder / "objectclasses.json").write_text(text)


SPOILT: dict[str, tuple[Spoil, list[str]]] = {
    "no folder": (shutil.rmtree, ["is not a folder", "images/, labels/ and objectclasses.json"]),
    "no images": (lambda f: shutil.rmtree(f / "images"), ["The folder images/ is missing"]),
    "no labels": (lambda f: shutil.rmtree(f / "labels"), ["The folder labels/ is missing"]),
    "no classes": (
        lambda f: (f / "objectclasses.json").unlink(),
        ["objectclasses.json is missing"],
    ),
    "bad classes": (lambda f: write_classes(f, "{"), ["objectclasses.json is not valid JSON"]),
    "count of classes": (
        lambda f: write_classes(f, '{"classes": 4, "classesname": ["a", "b", "c"]}'),
        ["'classes' is 4 but 'classesname' has 3 names"],
    ),
    "fewer classes": (
        lambda f: write_classes(f, '{"classes": 2, "classesname": ["a", "b"]}'),
        ["Label value 2 belongs to no class", "labels/part 00"],
    ),
    "image without label": (lambda f: label(f, 1).unlink(), ["no label", "images/part 001.png"]),
    "label without image": (lambda f: photo(f, 1).unlink(), ["no image", "labels/part 001.png"]),
    "other size": (
        lambda f: Image.new("L", (9, 7)).save(label(f, 1)),
        ["64×48", "9×7", "labels/part 001.png"],
    ),
    "unknown id": (lambda f: put_id(f, 77), ["Label value 77", "labels/part 001.png (1 pixels)"]),
    "empty image": (lambda f: photo(f, 1).write_bytes(b""), ["is empty", "images/part 001.png"]),
    "not an image": (
        lambda f: label(f, 1).write_bytes(b"text"),
        ["cannot be read as an image", "labels/part 001.png"],
    ),
    "one image": (
        lambda f: [e.unlink() for n in (1, 2) for e in (photo(f, n), label(f, n))],
        ["There are 1 labelled images; at least 2 are needed"],
    ),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_dataset_that_cannot_be_used(
    segsmith: CommandLine, original: Path, tmp_path: Path, fault: str
) -> None:
    spoil, told = SPOILT[fault]
    folder = tmp_path / "parts"
    shutil.copytree(original, folder)
    spoil(folder)
    done = segsmith.inside("train", folder, "--json")
    assert done.exit_code == 2, done.stderr
    assert "Error: " in done.stderr and "Traceback" not in done.stderr
    for part in told:
        assert part in done.stderr
    result = last_json(done.stdout)
    assert result["state"] == "refused" and told[0] in result["message"]
    assert not (segsmith.home / "jobs").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--epochs", 0], "epochs: must be at least 1 (allowed: 1 to 100000)"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--network", "yolo"], "no network 'yolo'. Choose one of: unet"),
        (["--network", "unet", "--backbone", "vgg"], "backbone: must be one of"),
        (["--network", "unet", "--aux"], "aux: is not a known parameter"),
        (["--loss", "hinge"], "no loss 'hinge'"),
        (["--gpus", 1], "this machine has 0"),
        (["--gpus", "GPU-x"], "no GPU GPU-x"),
        (["--name", " x"], "starts or ends with a blank"),
        (["--name", ""], "name"),
        (["--name", "x" * 81], "name"),
    ],
)
def test_a_spec_that_cannot_be_trained(
    segsmith: CommandLine, original: Path, words: list[object], told: str
) -> None:
    done = segsmith.inside("train", original, *words)
    assert done.exit_code == 2 and "Traceback" not in done.stderr
    assert told in done.stderr
    assert not list(segsmith.home.glob("jobs/*"))


def test_a_taken_name(segsmith: CommandLine, original: Path) -> None:
    quick = ("--base-size", 32, "--epochs", 1)
    assert segsmith.run("train", original, *quick, "--name", "one").returncode == 0
    done = segsmith.run("train", original, *quick, "--name", "one")
    assert done.returncode == 2
    assert "Error: The name 'one' is taken. Choose another one." in done.stderr
    assert len(segsmith.json("jobs")["jobs"]) == 1


def test_a_batch_larger_than_the_split_is_made_smaller(
    segsmith: CommandLine, original: Path
) -> None:
    words = ("--base-size", 32, "--epochs", 1, "--batch-size", 64)
    done = segsmith.run("train", original, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert any("64" in line and "2" in line for line in done.stderr.splitlines()), done.stderr


def test_an_engine_that_is_not_installed(tmp_path: Path, original: Path) -> None:
    absent = CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON="/nowhere/python")
    done = absent.inside("train", original, "--json")
    assert done.exit_code == 2
    assert "The torch engine is not installed on this machine. Run `make setup`" in done.stderr
    assert last_json(done.stdout)["field"] == "engine"


def test_a_full_disk(segsmith: CommandLine, original: Path) -> None:
    segsmith.environment["SEGSMITH_DISK_RESERVE"] = str(1 << 60)
    done = segsmith.inside("train", original)
    assert done.exit_code == 2
    assert "MB are free" in done.stderr and "Delete old jobs" in done.stderr


def test_a_home_that_cannot_be_written(tmp_path: Path, original: Path) -> None:
    (tmp_path / "home").write_text("a file")
    done = CommandLine(tmp_path / "home").inside("train", original)
    assert done.exit_code == 2 and "Traceback" not in done.stderr
    assert str(tmp_path / "home") in done.stderr or "--home" in done.stderr


def test_a_job_that_fails_says_why(segsmith: CommandLine, original: Path, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    shutil.copytree(original, folder)
    with segsmith.service():
        words = ("--base-size", 32, "--epochs", 1, "--name", "changed")
        assert segsmith.run("jobs", "pause").returncode == 0
        segsmith.json("train", folder, *words, "--detach")
        label(folder, 1).unlink()
        assert segsmith.run("jobs", "continue").returncode == 0
        followed = segsmith.run("logs", "changed", "--follow")
    job = segsmith.job("changed")
    assert (job["state"], job["reason"]) == ("failed", "bad_data")
    assert "part 001.png is missing" in job["message"] and followed.returncode == 0
    done = segsmith.run("resume", "changed", "--json")
    assert done.returncode == 1
    result = last_json(done.stdout)
    assert (result["state"], result["model"], result["iou"]) == ("failed", None, {})
    assert "part 001.png is missing" in result["message"]


def test_unknown_jobs_and_commands(segsmith: CommandLine, original: Path) -> None:
    for words in (["logs", "x"], ["stop", "x"], ["resume", "x"], ["delete", "x", "--yes"]):
        done = segsmith.inside(*words)
        assert done.exit_code == 2 and "There is no job 'x'" in done.stderr
    assert "No such command 'fly'" in segsmith.inside("fly").stderr
    detached = segsmith.inside("train", original, "--detach")
    assert detached.exit_code == 2 and "No service runs for" in detached.stderr


def test_a_port_in_use_and_a_home_in_use(segsmith: CommandLine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = segsmith.run("serve", "--port", port)
        assert done.returncode == 2
        assert f"Port {port} is in use by process" in done.stderr and "--port" in done.stderr
        assert not segsmith.home.exists()
    with segsmith.service() as service:
        again = segsmith.run("serve", "--port", service.port)
        assert (again.returncode, again.stdout) == (2, "")
        assert f"already runs for {segsmith.home}, at {service.url}" in again.stderr
        elsewhere = segsmith.run("serve", "--port", service.port + 1)
        assert elsewhere.returncode == 2 and "already works in" in elsewhere.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "--token-file"),
        (["--host", "::"], "--token-file"),
        (["--token-file", "none"], "none cannot be read"),
        (["--public-url", "ftp://x"], "--public-url"),
        (["--datasets", "none"], "'none' does not exist"),
        (["--port", "70000"], "70000 is not in the range"),
    ],
)
def test_a_service_that_must_not_start(segsmith: CommandLine, words: list[str], told: str) -> None:
    done = segsmith.inside("serve", *words)
    assert done.exit_code == 2 and told in done.stderr and "Traceback" not in done.stderr
    assert not segsmith.home.exists()


def test_doctor_tells_what_is_missing(tmp_path: Path) -> None:
    absent = CommandLine(
        tmp_path / "home", SEGSMITH_TORCH_PYTHON="/nowhere", SEGSMITH_GLUONCV_PYTHON="/nowhere"
    )
    done = absent.run("doctor", "--json")
    assert done.returncode == 1
    checks = {check["name"]: check for check in json.loads(done.stdout.splitlines()[-1])["checks"]}
    assert checks["engine torch"]["state"] == "error"
    assert "make setup" in checks["engine torch"]["message"]
    assert checks["python"]["state"] == checks["disk"]["state"] == "ok"
