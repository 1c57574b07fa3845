"""`segsmith profile` and `segsmith train --estimate` with the real torch engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.command_line import CommandLine, last_json
from tests.training_jobs import make_dataset

SMALL = ("--network", "unet", "--base-size", 64, "--batch-size", 2, "--epochs", 2)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("profile")
    make_dataset(place / "parts", count=6, height=96, width=128)
    return place


@pytest.fixture(scope="module")
def segsmith(place: Path) -> CommandLine:
    return CommandLine(place / "home")


@pytest.fixture(scope="module")
def profiled(segsmith: CommandLine, place: Path) -> dict[str, Any]:
    """The JSON object of a small training's profile."""
    return segsmith.json("profile", place / "parts", *SMALL)


def jobs(segsmith: CommandLine) -> list[str]:
    return [path.name for path in (segsmith.home / "jobs").iterdir()]


def test_a_profile_tells_time_and_memory_and_leaves_no_job(
    segsmith: CommandLine, profiled: dict[str, Any]
) -> None:
    assert profiled["state"] == "measured" and profiled["advice"] is None
    assert (profiled["width"], profiled["height"]) == (96, 64)
    assert (profiled["training_images"], profiled["steps_per_epoch"]) == (5, 3)
    assert 0 < profiled["epoch_seconds"] < profiled["total_seconds"] < 600
    assert 10**8 < profiled["memory"] < profiled["memory_free"]
    assert jobs(segsmith) == []


def test_what_is_kept_is_told_at_once_for_any_number_of_epochs(
    segsmith: CommandLine, place: Path, profiled: dict[str, Any]
) -> None:
    words = (*SMALL[:-1], 1000)
    done = segsmith.inside("profile", place / "parts", *words, "--json")
    assert done.exit_code == 0, done.output
    longer = last_json(done.stdout)
    assert longer["time"] == profiled["time"]
    assert longer["epoch_seconds"] == pytest.approx(profiled["epoch_seconds"])
    more = 998 * profiled["epoch_seconds"]
    assert longer["total_seconds"] == pytest.approx(profiled["total_seconds"] + more, rel=1e-6)
    assert "Measuring" not in done.stderr and " per epoch, " in done.stderr


def test_train_with_estimate_tells_before_it_starts(
    segsmith: CommandLine, place: Path, profiled: dict[str, Any]
) -> None:
    done = segsmith.run("train", place / "parts", *SMALL, "--estimate", "--json")
    assert done.returncode == 0, done.stderr
    assert last_json(done.stdout)["state"] == "succeeded"
    lines = done.stderr.splitlines()
    told = next(number for number, line in enumerate(lines) if " per epoch, " in line)
    assert told < next(number for number, line in enumerate(lines) if "epoch   1" in line)
    assert f"{profiled['images_per_second']:.1f} images/s" in lines[told + 1]


def test_what_cannot_be_measured_says_why(segsmith: CommandLine, place: Path) -> None:
    broken = place / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    other = CommandLine(place / "other", SEGSMITH_TORCH_PYTHON=str(broken))
    done = other.inside("profile", place / "parts", *SMALL, "--json")
    assert done.exit_code == 1
    result = last_json(done.stdout)
    assert result["state"] == "failed" and "exit code 3" in result["message"]
    assert "could not be measured" in done.stderr
    done = other.inside("profile", place / "parts", "--network", "unet", "--batch-size", 0)
    assert done.exit_code == 2 and "batch_size" in done.stderr


def test_ctrl_c_ends_the_measuring(segsmith: CommandLine, place: Path) -> None:
    words = ("profile", place / "parts", *SMALL, "--base-size", 128, "--json")
    command = segsmith.start(*words)
    command.wait_for("Measuring a few steps")
    command.interrupt()
    assert command.wait() == 130 and command.output == []
