"""Runs that start from weights: taken over once, told by name, recorded in the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import CLASSES, LEARNS, add_attempt, events_of, make_job
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.files import sha256_of
from training_api.spec.model import verify_model
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.trainer import run_attempt

WEIGHTS = {"weights": {"mode": "model", "model": "model-9"}}
ORIGIN = {"dataset": "Pads", "source": "the model 'Pads'", "licence": "your own model"}


def file_of(folder: Path, classes: list[str], **more: Any) -> InitialWeights:
    """A model's weights for `classes`: column i of them holds i + 1 only."""
    path = folder / "weights.safetensors"
    columns = np.tile(np.arange(1, len(classes) + 1, dtype=np.float32), (4, 1))
    save_file({"model/weight": columns}, path)
    return InitialWeights(
        mode=WeightsMode.model,
        id="model-9",
        path=str(path),
        format="safetensors",
        scope="network",
        classes=classes,
        sha256=sha256_of(path),
        **(ORIGIN | more),
    )


def job_from(
    home: Path, version: DatasetVersion, weights: InitialWeights | None, **values: Any
) -> JobDirectory:
    """A job whose second attempt starts from `weights`; its first never ran."""
    job = make_job(home, version, WEIGHTS, **(LEARNS | values))
    add_attempt(home, job, version, initial_weights=weights)
    return job


class Beginning(NumpyEngine):
    """Remembers what the first step of each run began with."""

    seen: list[np.ndarray]

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.seen.append(self._tensors["model/weight"].copy())
        return super().train_step(images, labels, learning_rate)


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beginning, "seen", [], raising=False)


def test_step_one_begins_with_the_weights_and_the_model_says_so(
    home: Path, version: DatasetVersion
) -> None:
    weights = file_of(home, ["circle", "nut", "Background"])
    job = job_from(home, version, weights, epochs=1)

    assert run_attempt(job.path, 2, Beginning) == 0

    np.testing.assert_array_equal(Beginning.seen[0][:, [0, 2]], [[3, 1]] * 4)
    (told,) = events_of(job, "weights")
    assert (told["id"], told["sha256"]) == ("model-9", weights.sha256)
    assert told["replaced"] == ["model/weight"] and told["kept_classes"] == ["background", "circle"]
    assert told["loaded"] == told["missing"] == told["mismatched"] == told["unexpected"] == []
    manifest = verify_model(home / "models" / "model-2")
    assert manifest.weights == {
        "mode": "model",
        "id": "model-9",
        "sha256": weights.sha256,
        "freeze_backbone": False,
        **ORIGIN,
    }
    assert manifest.licences["weights"] == "your own model"
    assert "weights: your own model" in (home / "models/model-2/README.md").read_text()


def test_the_same_classes_take_the_whole_head_over(home: Path, version: DatasetVersion) -> None:
    job = job_from(home, version, file_of(home, CLASSES), epochs=1)
    assert run_attempt(job.path, 2, Beginning) == 0
    np.testing.assert_array_equal(Beginning.seen[0], [[1, 2, 3]] * 4)
    (told,) = events_of(job, "weights")
    assert told["loaded"] == ["model/weight"] and told["replaced"] == []


def test_a_resumed_run_keeps_what_it_learned(home: Path, version: DatasetVersion) -> None:
    weights = file_of(home, CLASSES)
    job = job_from(home, version, weights, epochs=2)
    assert run_attempt(job.path, 2, Beginning) == 0
    store = CheckpointStore(job.checkpoints_path)
    learned = store.latest()
    assert learned is not None

    Path(weights.path).unlink()  # no longer needed
    Beginning.seen.clear()
    add_attempt(home, job, version)
    spec = job.spec_path.read_text().replace('"epochs": 2', '"epochs": 3')
    job.spec_path.write_text(spec)
    assert run_attempt(job.path, 3, Beginning) == 0

    np.testing.assert_array_equal(Beginning.seen[0], learned.tensors["model/weight"])
    assert [event["attempt"] for event in events_of(job, "weights")] == [2]
    assert verify_model(home / "models" / "model-3").weights["id"] == "model-9"


@pytest.mark.parametrize(
    ("break_it", "reason", "sentence"),
    [
        (lambda path: None, "no_weights", "no longer on this machine"),
        (lambda path: path.unlink(), "error", "missing or was changed"),
        (lambda path: path.write_bytes(b"others"), "error", "missing or was changed"),
    ],
)
def test_weights_that_are_gone_end_the_run_before_its_first_step(
    home: Path, version: DatasetVersion, break_it: Any, reason: str, sentence: str
) -> None:
    weights = file_of(home, CLASSES)
    job = job_from(home, version, None if reason == "no_weights" else weights)
    break_it(Path(weights.path))
    assert run_attempt(job.path, 2, Beginning) == 1
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == reason and sentence in failed["message"]
    assert Beginning.seen == [] and events_of(job, "started") == []


def test_weights_that_do_not_fit_name_every_tensor_and_end_the_run(
    home: Path, version: DatasetVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = file_of(home, CLASSES)
    path = Path(weights.path)
    save_file({"stray/one": np.zeros(1), "stray/two": np.zeros(1)}, path)
    job = job_from(home, version, weights.model_copy(update={"sha256": sha256_of(path)}))

    assert run_attempt(job.path, 2, Beginning) == 1

    (told,) = events_of(job, "weights")
    assert told["missing"] == ["model/weight"]
    assert told["unexpected"] == ["stray/one", "stray/two"]
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "invalid_spec" and "model/weight" in failed["message"]
    assert "Without a place in the network: stray/one, stray/two." in capsys.readouterr().out
    assert Beginning.seen == []


def test_scratch_tells_of_no_weights(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, epochs=1)
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert events_of(job, "weights") == []
    manifest = verify_model(home / "models" / "model-1")
    assert manifest.weights == {"mode": "scratch"}
    assert "weights" not in manifest.licences
