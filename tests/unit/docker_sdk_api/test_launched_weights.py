"""What a launch says of the weights that a training starts from."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.first import launched_weights
from tests.unit.docker_sdk_api.at_hand import add_job
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Corrupt, OutOfSpace, ReasonCode
from training_api.spec.files import write_json
from training_api.spec.job import parse_spec
from training_api.spec.states import JobState
from training_api.weights.cache import WeightsCache
from training_api.weights.registry import weight_file
from training_api.weights.seed import SEED


def job(home: Path, weights: dict[str, Any]) -> JobDirectory:
    directory = JobDirectory(home / "jobs" / "job-1")
    directory.path.mkdir(parents=True)
    network = {"name": "unet", "options": {"backbone": "resnet34"}}
    document = {"name": "A", "dataset": "ds", "network": network, "weights": weights}
    write_json(directory.spec_path, parse_spec(document).document())
    return directory


IMAGENET = {
    "network": {"name": "unet", "options": {"backbone": "resnet34"}},
    "weights": {"mode": "imagenet"},
}


def place(weights: Path, weights_id: str) -> None:
    file = weight_file(weights_id).model_copy(update={"digest": None})
    cache = WeightsCache(weights)
    arrived = cache.incoming(file)
    arrived.write_bytes(b"tensors")
    cache.accept(file, arrived, source="by hand", convert=converted)


def converted(source: Path, target: Path) -> None:
    target.write_bytes(b"t")


def test_the_recommended_backbone_s_file_is_named_with_its_licence(tmp_path: Path) -> None:
    place(tmp_path / "weights", "torchvision:resnet34")
    found = launched_weights(tmp_path, job(tmp_path, {"mode": "imagenet"}), "train")
    assert found is not None
    assert found.id == "torchvision:resnet34" and found.licence.startswith("BSD-3-Clause")
    assert Path(found.path).is_absolute() and Path(found.path).read_bytes() == b"t"


def test_what_has_gone_and_what_needs_no_weights_has_none(tmp_path: Path) -> None:
    gone = job(tmp_path / "a", {"mode": "imagenet"})
    assert launched_weights(tmp_path / "a", gone, "train") is None
    assert launched_weights(tmp_path / "a", gone, "fetch") is None
    assert (
        launched_weights(tmp_path / "b", job(tmp_path / "b", {"mode": "scratch"}), "train") is None
    )


def test_what_came_with_the_installation_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path / "seed", "torchvision:resnet34")
    monkeypatch.setenv(SEED, str(tmp_path / "seed"))
    home = tmp_path / "home"
    found = launched_weights(home, job(home, {"mode": "imagenet"}), "train")
    assert found is not None and found.id == "torchvision:resnet34"
    assert Path(found.path).is_relative_to(home / "weights")
    assert Path(found.path).read_bytes() == b"t"


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the recommended weights of IMAGENET lie in, as they came."""
    place(tmp_path / "seed", "torchvision:resnet34")
    monkeypatch.setenv(SEED, str(tmp_path / "seed"))
    return next((tmp_path / "seed").rglob("model.safetensors"))


def full(*paths: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_why_it_cannot_be_taken_over_is_told(
    tmp_path: Path, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = job(tmp_path / "home", {"mode": "imagenet"})
    with monkeypatch.context() as context:
        context.setattr(shutil, "copyfile", full)
        with pytest.raises(OutOfSpace, match="disk is full"):
            launched_weights(tmp_path / "home", begun, "train")
    seed.write_bytes(b"changed")
    with pytest.raises(Corrupt, match="was changed since it came"):
        launched_weights(tmp_path / "home", begun, "train")
    (begun.checkpoints_path / "step-00000010").mkdir(parents=True)
    assert launched_weights(tmp_path / "home", begun, "train") is None, "a resumed job needs none"


async def test_changed_weights_are_the_attempts_reason(
    home: Home, store: JobStore, settings: Settings, seed: Path
) -> None:
    seed.write_bytes(b"changed")
    running = Running(home, store, FakeRunner(), settings)
    await running.supervisor.start()
    job = await running.ended(add_job(home, store, **IMAGENET).id)
    await running.supervisor.stop()
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.error)
    assert f"{seed} was changed since it came" in job.message
    assert running.runner.starts == {}


async def test_a_full_disk_at_the_copy_is_waited_out(
    home: Home, store: JobStore, settings: Settings, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, attempts = shutil.copyfile, []

    def full_at_first(*paths: Any) -> Any:
        attempts.append(paths)
        return full() if len(attempts) == 1 else copy(*paths)

    monkeypatch.setattr(shutil, "copyfile", full_at_first)
    running = Running(home, store, FakeRunner(), settings)
    await running.supervisor.start()
    ended = await running.ended(add_job(home, store, **IMAGENET).id)
    await running.supervisor.stop()
    assert (ended.state, ended.attempt, ended.retries) == (JobState.succeeded, 2, 1)
    result = home.job(ended.id).attempt(1).result()
    assert result is not None and result.reason is ReasonCode.disk_full
    assert result.state is JobState.interrupted and "disk is full" in result.message
