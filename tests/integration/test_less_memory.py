"""A training that runs out of memory, through service, agent and trainer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.command_line import CommandLine, last_json
from tests.numpy_agent import interpreter
from tests.training_jobs import events_of, make_dataset
from training_api.spec.directory import JobDirectory

QUICK = ("--base-size", 32, "--epochs", 3, "--learning-rate", 0.5, "--optimizer", "sgd")


@pytest.fixture
def segsmith(tmp_path: Path) -> CommandLine:
    """Its engine takes two images at a time."""
    make_dataset(tmp_path / "parts")
    python = interpreter(tmp_path, memory=2)
    return CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON=str(python))


def test_it_goes_on_with_half_the_batch(segsmith: CommandLine, tmp_path: Path) -> None:
    words = ("train", tmp_path / "parts", *QUICK, "--batch-size", 4, "--json")
    done = segsmith.run(*words)
    result = last_json(done.stdout)
    assert done.returncode == 0, done.stderr
    assert result["state"] == "succeeded"
    assert Path(result["model"]).is_dir()
    assert "ran out of memory with a batch of 4 images; it goes on with 2" in _in_one_line(done)
    directory = JobDirectory(Path(result["job_dir"]))
    assert [event["reason"] for event in events_of(directory, "failed")] == ["out_of_memory"]
    notice = events_of(directory, "notice")[-1]["message"]
    assert "from 4 to 2 for memory; the gradients of 2 batches are added up" in notice
    assert [event["batch_size"] for event in events_of(directory, "started")] == [4, 2]


def test_the_second_time_is_the_last(segsmith: CommandLine, tmp_path: Path) -> None:
    done = segsmith.run("train", tmp_path / "parts", *QUICK, "--batch-size", 6, "--json")
    result = last_json(done.stdout)
    assert done.returncode == 1
    assert (result["state"], result["reason"]) == ("failed", "out_of_memory")
    assert "Lower the batch size" in result["message"]
    assert "batch of 6 images and with 3" in result["message"]


def _in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stderr.split())
