"""Every installed engine, driven as a runner does it: `python -m training_api JOB_DIR`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.training_jobs import add_attempt, events_of, make_dataset, make_job
from tests.waiting import PATIENCE, until
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.environments import engine_python
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.launch import Endpoint, Result
from training_api.spec.model import verify_model

NETWORKS = {
    EngineName.torch: {"name": "unet", "options": {"backbone": "resnet18"}},
    EngineName.gluoncv: {"name": "fastscnn", "options": {}},
}
WEIGHTS = {EngineName.torch: "weights.safetensors", EngineName.gluoncv: "model_best.params"}
INSTALLED = [engine for engine in EngineName if engine_python(engine) is not None]
PARAMETERS: dict[str, Any] = {
    "base_size": 64,
    "crop_size": 0,
    "batch_size": 4,
    "optimizer": "adamw",
    "schedule": "cosine",
}
OWN_PARAMETERS = {
    EngineName.torch: {"learning_rate": 0.002, "epochs": 8},
    EngineName.gluoncv: {"learning_rate": 0.01, "epochs": 16},
}


def test_an_engine_is_installed() -> None:
    assert EngineName.torch in INSTALLED, "Run `make setup`: the torch engine is missing."


@dataclass
class Trained:
    """A finished, uninterrupted run."""

    engine: EngineName
    home: Path
    job: JobDirectory
    version: DatasetVersion
    result: Result
    seconds_to_first_line: float


def start(engine: EngineName, job: JobDirectory) -> subprocess.Popen[bytes]:
    python = engine_python(engine)
    assert python is not None
    return subprocess.Popen([str(python), "-m", "training_api", str(job.path)])


def new_job(home: Path, version: DatasetVersion, engine: EngineName, **more: Any) -> JobDirectory:
    spec = {"engine": engine, "network": NETWORKS[engine], "loss": {"name": "cross_entropy_dice"}}
    return make_job(home, version, spec, **PARAMETERS | OWN_PARAMETERS[engine] | more)


def ended(job: JobDirectory, number: int, process: subprocess.Popen[bytes]) -> Result:
    assert process.wait(600) == 0
    result = job.attempt(number).result()
    assert result is not None
    return result


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> DatasetVersion:
    return make_dataset(tmp_path_factory.mktemp("data") / "parts", count=12, height=64, width=96)


@pytest.fixture(scope="module", params=INSTALLED)
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, version: Any
) -> Iterator[Trained]:
    engine: EngineName = request.param
    home = tmp_path_factory.mktemp(engine)
    job = new_job(home, version, engine)
    began = time.monotonic()
    process = start(engine, job)
    until(lambda: job.log_path.exists() and job.log_path.stat().st_size > 0)
    first_line = time.monotonic() - began
    yield Trained(engine, home, job, version, ended(job, 1, process), first_line)


def test_it_learns_and_publishes(trained: Trained) -> None:
    result = trained.result
    log = trained.job.log_path.read_text()
    assert (result.state, result.reason, result.model_id) == ("succeeded", None, "model-1"), log
    assert log.startswith(f"Segsmith trainer, attempt 1, {trained.engine} engine")
    assert trained.seconds_to_first_line < 30  # tenfold slack: 3 s on an idle machine
    manifest = verify_model(trained.home / "models" / "model-1")
    told = events_of(trained.job, "validation")
    assert len(told) == OWN_PARAMETERS[trained.engine]["epochs"]
    assert told[-1]["train_loss"] < told[0]["train_loss"]
    assert manifest.metrics["miou"] == max(event["miou"] for event in told) > 0.5
    assert manifest.engine == trained.engine and WEIGHTS[trained.engine] in manifest.files
    assert manifest.exports["onnx"]["status"] == "shipped", manifest.exports


def test_its_model_predicts_what_was_measured(trained: Trained, tmp_path: Path) -> None:
    """Pooled over the validation split, the published model gives the reported mIoU again."""
    folder = trained.home / "models" / "model-1"
    root = Path(trained.version.root)
    confusion = np.zeros((3, 3), np.int64)
    for stem in read_json(trained.job.split_path)["validation"]:
        out = tmp_path / "mask.png"
        image = root / "images" / f"{stem}.png"
        predict(trained.engine, "--model", str(folder), "--image", str(image), "--out", str(out))
        with Image.open(out) as mask, Image.open(root / "labels" / f"{stem}.png") as truth:
            assert mask.mode == "P" and mask.size == truth.size
            pairs = np.array(truth).astype(int) * 3 + np.array(mask)
        confusion += np.bincount(pairs.ravel(), minlength=9).reshape(3, 3)
    hits = confusion.diagonal()
    iou = hits / (confusion.sum(0) + confusion.sum(1) - hits)
    assert float(iou.mean()) == pytest.approx(verify_model(folder).metrics["miou"], abs=0.002)


def predict(engine: EngineName, *arguments: str) -> None:
    command = [str(engine_python(engine)), "-m", "training_api.predict", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()


def test_a_stop_and_a_kill_change_nothing_in_the_end(trained: Trained, tmp_path: Path) -> None:
    """Stopped in the second epoch, killed in a later one, resumed: the same weights, bit by bit."""
    job = new_job(tmp_path, trained.version, trained.engine)
    process = start(trained.engine, job)
    until(lambda: len(events_of(job, "validation")) >= 1)
    job.attempt(1).stop_path.touch()
    stopped = ended(job, 1, process)
    assert (stopped.state, stopped.model_id) == ("cancelled", "model-1"), stopped
    verify_model(tmp_path / "models" / "model-1")

    add_attempt(tmp_path, job, trained.version)
    process = start(trained.engine, job)
    seen = len(events_of(job, "validation"))
    until(lambda: len(events_of(job, "validation")) > seen)
    heartbeat = read_json(job.attempt(2).heartbeat_path)
    subprocess.run(["kill", "-9", str(heartbeat["trainer_pid"])], check=True)
    killed = ended(job, 2, process)
    assert (killed.state, killed.reason) == ("interrupted", "killed"), killed

    add_attempt(tmp_path, job, trained.version)
    result = ended(job, 3, start(trained.engine, job))
    assert result.state == "succeeded", result
    assert final_weights(job) == final_weights(trained.job)


@pytest.mark.parametrize("engine", INSTALLED)
def test_a_kill_changes_no_average_and_no_accumulated_step(
    engine: EngineName, version: DatasetVersion, tmp_path: Path
) -> None:
    values = {
        "batch_size": 1,
        "accumulation": 3,
        "ema": 0.9,
        "epochs": 4,
        "validate_every_steps": 3,
    }
    finals = []
    for name in ("unbroken", "killed"):
        job = new_job(tmp_path / name, version, engine, **values)
        process = start(engine, job)
        if name == "killed":
            until(lambda job=job: len(events_of(job, "validation")) >= 2)
            heartbeat = read_json(job.attempt(1).heartbeat_path)
            subprocess.run(["kill", "-9", str(heartbeat["trainer_pid"])], check=True)
            assert ended(job, 1, process).reason == "killed"
            add_attempt(tmp_path / name, job, version)
            process = start(engine, job)
        result = ended(job, len(job.attempts()), process)
        assert result.state == "succeeded", result
        manifest = verify_model(tmp_path / name / "models" / str(result.model_id))
        assert manifest.exports["onnx"]["status"] == "shipped", manifest.exports
        finals.append(final_weights(job))
    assert b"average/" in finals[0] and finals[0] == finals[1]


def final_weights(job: JobDirectory) -> bytes:
    """The tensors of the newest checkpoint."""
    newest = max(job.checkpoints_path.glob("step-*"))
    return (newest / "tensors.safetensors").read_bytes()


def test_a_model_can_be_tried_and_taken_while_it_trains(trained: Trained, tmp_path: Path) -> None:
    job = new_job(tmp_path, trained.version, trained.engine, epochs=5000)
    process = start(trained.engine, job)
    until(lambda: any(event["best"] for event in events_of(job, "checkpoint")))
    endpoint = Endpoint.model_validate(read_json(job.attempt(1).endpoint_path))
    assert endpoint.socket is not None
    image = next(Path(trained.version.root).glob("images/*.png"))
    transport = httpx.HTTPTransport(uds=endpoint.socket)
    with httpx.Client(transport=transport, base_url="http://agent", timeout=PATIENCE) as client:
        answer = client.post("/predict", content=image.read_bytes())
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["width"], found["height"]) == (96, 64)
        assert sum(entry["pixels"] for entry in found["classes"]) == 96 * 64
        refused = client.post("/predict", content=b"no image")
        assert refused.status_code == 409 and "cannot be read" in refused.json()["detail"]
        model = client.get("/model")
        assert model.status_code == 200 and model.content[:2] == b"PK", model.text
    assert process.poll() is None
    job.attempt(1).stop_path.touch()
    assert ended(job, 1, process).state == "cancelled"


def test_a_harmed_file_fails_the_job_by_name(trained: Trained, tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts", count=4)
    job = new_job(tmp_path, version, trained.engine)
    (tmp_path / "parts" / "labels" / "part 002.png").write_bytes(b"")
    result = ended(job, 1, start(trained.engine, job))
    assert (result.state, result.reason) == ("failed", "bad_data"), result
    assert "labels/part 002.png" in result.message
    assert json.loads(job.attempt(1).result_path.read_bytes())["schema"] == 1
