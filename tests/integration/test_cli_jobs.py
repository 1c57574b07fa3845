"""The command line with real agents, and trainers whose engine is small: every way a job goes."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.numpy_agent import interpreter
from tests.training_jobs import CLASSES, make_dataset
from tests.waiting import until
from training_api.spec.launch import Heartbeat

QUICK = ("--base-size", 32, "--batch-size", 2, "--learning-rate", 0.5, "--optimizer", "sgd")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    make_dataset(tmp_path / "parts")
    return tmp_path / "parts"


@pytest.fixture
def quick(tmp_path: Path) -> CommandLine:
    """Trains as fast as it can."""
    return CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON=str(interpreter(tmp_path)))


@pytest.fixture
def slow(tmp_path: Path) -> CommandLine:
    """Takes a fifth of a second per step: slow enough to be interrupted."""
    python = interpreter(tmp_path, step_seconds=0.2)
    return CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON=str(python))


def test_train_without_a_service_leaves_a_normal_job(quick: CommandLine, dataset: Path) -> None:
    result = quick.json("train", dataset, *QUICK, "--epochs", 6, "--name", "first")
    assert result["state"] == "succeeded"
    assert result["miou"] > 0.3
    assert list(result["iou"]) == CLASSES
    assert sum(result["iou"].values()) / 3 == pytest.approx(result["miou"])
    assert result["seconds"] > 0 and result["images_per_second"] > 0
    model, job_dir = Path(result["model"]), Path(result["job_dir"])
    manifest = json.loads((model / "manifest.json").read_text())
    assert manifest["name"] == "first"
    assert manifest["metrics"]["miou"] == pytest.approx(result["miou"])
    spec = json.loads((job_dir / "spec.json").read_text())
    assert spec["hyper_parameters"]["epochs"] == 6 and spec["preset"] == "fast"
    assert not (quick.home / "service.json").exists()
    job = quick.job("first")
    assert (job["state"], job["model_id"]) == ("succeeded", model.name)
    log = quick.run("logs", "first", "-n", 0).stdout
    assert log.startswith("Segsmith trainer") and "Epoch 6/6" in log


def test_progress_lines_tell_each_epoch(quick: CommandLine, dataset: Path) -> None:
    done = quick.run("train", dataset, *QUICK, "--epochs", 2)
    assert done.returncode == 0 and done.stderr == ""
    for text in ("8 images", "epoch   1", "epoch   2", "mIoU", "parts fast: succeeded", "pad"):
        assert text in done.stdout, done.stdout
    again = quick.json("train", dataset, *QUICK, "--epochs", 1)
    assert again["name"] == "parts fast 2"


def test_ctrl_c_stops_and_resume_goes_on(slow: CommandLine, dataset: Path) -> None:
    command = slow.start("train", dataset, *QUICK, "--epochs", 1000, "--name", "long", "--json")
    command.wait_for("epoch   2")
    command.interrupt()
    code, result = command.finish()
    assert (code, result["state"]) == (130, "cancelled")
    assert Path(result["model"], "manifest.json").is_file()
    assert any("segsmith resume long" in line for line in command.lines)
    assert not (slow.home / "service.json").exists()

    resumed = slow.start("resume", "long", "--json")
    line = resumed.wait_for("epoch   ")
    assert int(line.split()[1]) > 2, "it began again instead of going on"
    other = slow.run("stop", "long", "--json")
    assert other.returncode == 0, other.stderr
    assert json.loads(other.stdout.splitlines()[-1])["state"] == "cancelled"
    code, result = resumed.finish()
    assert (code, result["state"]) == (1, "cancelled")
    assert slow.job("long")["attempt"] == 2


def test_a_second_ctrl_c_leaves_at_once(slow: CommandLine, dataset: Path) -> None:
    command = slow.start("train", dataset, *QUICK, "--epochs", 1000, "--name", "long")
    until(lambda: (slow.home / "service.json").exists(), command.lines)
    until(lambda: any(slow.home.glob("jobs/*/events.jsonl")), command.lines)
    command.interrupt()
    command.interrupt()
    assert command.wait() == 130
    assert until(lambda: slow.job("long")["state"] == "cancelled")


def test_a_service_is_used_and_outlived(slow: CommandLine, dataset: Path) -> None:
    with slow.service() as service:
        left = slow.json("train", dataset, *QUICK, "--epochs", 1000, "--name", "one", "--detach")
        assert left["name"] == "one"
        until(lambda: slow.job("one")["progress"])
        second = slow.json("train", dataset, *QUICK, "--name", "two", "--detach")
        assert second["state"] == "queued"
        waiting = slow.job("two")
        assert waiting["position"] == 1 and "one" in waiting["waiting_for"]
        assert service.end() < 10
    assert not (slow.home / "service.json").exists()
    assert slow.job("one")["state"] == "running"
    assert slow.job("two")["state"] == "queued", "a look at the list must start nothing"
    with slow.service():
        assert slow.job("one")["state"] == "running"
        stopped = slow.json("stop", "one")
        assert stopped["state"] == "cancelled" and stopped["model"]
        assert until(lambda: slow.job("two")["progress"])
        slow.json("stop", "two")


def test_a_job_survives_the_kill_of_its_service(slow: CommandLine, dataset: Path) -> None:
    with slow.service() as service:
        command = slow.start("train", dataset, *QUICK, "--epochs", 12, "--name", "job", "--json")
        command.wait_for("epoch   1")
        service.kill()
        command.wait_for("The service is gone")
        code, result = command.finish()
    assert (code, result["state"]) == (0, "succeeded")
    assert result["miou"] > 0.3 and Path(result["model"], "manifest.json").is_file()
    assert slow.job("job")["state"] == "succeeded"


def test_a_service_that_comes_back_is_found(slow: CommandLine, dataset: Path) -> None:
    with slow.service() as service:
        command = slow.start("train", dataset, *QUICK, "--epochs", 900, "--name", "job", "--json")
        command.wait_for("epoch   1")
        service.kill()
        command.wait_for("The service is gone")  # one that is back at once is not missed at all
    with slow.service(port=service.port):
        command.wait_for("The service is back")
        assert slow.job("job")["attempt"] == 1
        slow.json("stop", "job")
        code, result = command.finish()
    assert (code, result["state"]) == (1, "cancelled")


def test_a_killed_trainer_goes_on_by_itself(slow: CommandLine, dataset: Path) -> None:
    command = slow.start("train", dataset, *QUICK, "--epochs", 15, "--name", "job", "--json")
    command.wait_for("epoch   3")
    job_dir = next(slow.home.glob("jobs/*"))
    heartbeat = job_dir / "attempts" / "1" / "heartbeat"
    trainer = Heartbeat.model_validate_json(heartbeat.read_text()).trainer_pid
    assert trainer is not None
    os.kill(trainer, signal.SIGKILL)
    code, result = command.finish()
    assert (code, result["state"]) == (0, "succeeded"), command.lines
    assert slow.job("job")["attempt"] == 2


def test_two_trains_share_the_home(slow: CommandLine, dataset: Path) -> None:
    """The second finds the first one's orchestrator and queues behind it."""
    first = slow.start("train", dataset, *QUICK, "--epochs", 15, "--name", "a", "--json")
    first.wait_for("epoch   1")
    second = slow.start("train", dataset, *QUICK, "--epochs", 1, "--name", "b", "--json")
    second.wait_for("queued. ")
    assert first.finish()[1]["state"] == "succeeded"
    code, result = second.finish()
    assert (code, result["state"]) == (0, "succeeded"), second.lines


def test_jobs_and_models_are_managed(quick: CommandLine, dataset: Path, tmp_path: Path) -> None:
    result = quick.json("train", dataset, *QUICK, "--epochs", 1, "--name", "a b")
    text = quick.run("jobs").stdout
    assert "a b" in text and "succeeded" in text and result["job"] in text
    assert quick.json("models")["models"][0]["name"] == "a b"
    assert [d["name"] for d in quick.json("datasets")["datasets"]].count("parts") == 1
    target = tmp_path / "out.zip"
    assert quick.run("models", "download", "a b", "--out", target).returncode == 0
    assert target.stat().st_size > 1000 and not list(tmp_path.glob("*.part"))
    assert "exists already" in quick.run("models", "download", "a b", "--out", target).stderr
    assert quick.run("delete", "a b", "--yes").returncode == 0
    assert quick.json("jobs")["jobs"] == [] and not Path(result["job_dir"]).exists()
    assert quick.json("models")["models"], "deleting a job keeps its model"
    assert quick.run("models", "delete", "a b", "--yes").returncode == 0
    assert quick.json("models")["models"] == []
