"""Weights through the real service and command: fetched from a host of this machine, or by hand."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import CommandLine, free_port
from tests.file_server import Host, serving
from tests.unit.training_api.fetch_jobs import safetensors
from tests.waiting import until
from training_api.spec.directory import JobDirectory
from training_api.spec.files import read_json
from training_api.spec.launch import Heartbeat
from training_api.weights.registry import weight_file

SMP = "huggingface:smp-resnet18"  # no digest is published for it: the host names it
ZOO = "gluoncv:resnet50_v1b"
CONTENT = safetensors(3_000_000)
PATH = f"huggingface/{weight_file(SMP).path}"


@pytest.fixture
def host() -> Iterator[Host]:
    with serving(Host({PATH: CONTENT})) as host:
        yield host


@pytest.fixture
def command(tmp_path: Path, host: Host) -> CommandLine:
    return CommandLine(tmp_path / "home", SEGSMITH_WEIGHTS_MIRROR=host.url)


def listed(command: CommandLine, weights_id: str) -> dict[str, Any]:
    done = command.inside("weights", "list", "--json")
    assert done.exit_code == 0, done.output
    files = json.loads(done.stdout.splitlines()[-1])["files"]
    return next(row for row in files if row["id"] == weights_id)


def test_fetch_list_and_fetch_again(command: CommandLine, host: Host) -> None:
    assert not listed(command, SMP)["present"]
    result = command.json("weights", "fetch", SMP)
    assert (result["state"], result["weights"]) == ("succeeded", SMP)
    row = listed(command, SMP)
    assert row["present"] and row["bytes"] == len(CONTENT)
    again = command.json("weights", "fetch", SMP)
    assert (again["state"], again["job"]) == ("succeeded", None)
    assert len(host.requests) == 1
    job = command.job(f"Fetch {SMP}")
    assert (job["kind"], job["state"], job["id"]) == ("fetch", "succeeded", result["job"])
    assert "is here: 3,000,0" in command.run("logs", job["id"]).stdout
    shown = command.inside("weights", "list", "--present").output
    assert SMP in shown and "BSD-3-Clause" in shown and ZOO not in shown
    assert SMP in command.inside("jobs").output


def test_a_killed_fetch_is_repeated_and_goes_on(command: CommandLine, host: Host) -> None:
    """kill -9 of agent and fetcher in the middle: the supervisor starts them again."""
    host.hold = threading.Event()
    running = command.start("weights", "fetch", SMP, "--json")
    job = until(lambda: next(iter((command.home / "jobs").glob("job-*/events.jsonl")), None))
    directory = JobDirectory(job.parent)
    until(lambda: "progress" in directory.events_path.read_text())
    beat = Heartbeat.model_validate(read_json(directory.attempt(1).heartbeat_path))
    assert beat.trainer_pid is not None
    for pid in (beat.agent_pid, beat.trainer_pid):
        os.kill(pid, signal.SIGKILL)
    until(lambda: directory.attempt(2).launch_path.exists(), running.lines)
    host.hold.set()
    code, result = running.finish()
    assert (code, result["state"]) == (0, "succeeded"), running.lines
    assert host.requests[0] is None and host.requests[-1].startswith("bytes=")
    ended = directory.attempt(1).result()
    assert ended is not None and (ended.state, ended.reason) == ("interrupted", "killed")
    assert "ended from outside" in ended.message


def test_without_internet_the_way_by_hand(command: CommandLine, host: Host, tmp_path: Path) -> None:
    command.environment["SEGSMITH_WEIGHTS_MIRROR"] = f"http://127.0.0.1:{free_port()}"
    done = command.run("weights", "fetch", SMP)
    assert done.returncode == 1
    assert "There is no connection to 127.0.0.1" in done.stdout
    assert f"segsmith weights add {SMP} FILE" in done.stdout
    file = tmp_path / "from a stick.safetensors"
    file.write_bytes(CONTENT)
    done = command.run("weights", "add", SMP, file)
    assert done.returncode == 0, done.stderr
    assert "no published digest" in done.stdout and "BSD-3-Clause" in done.stdout
    assert listed(command, SMP)["source"] == "by hand, from from a stick.safetensors"
    assert file.read_bytes() == CONTENT


def test_a_wrong_file_by_hand_is_refused(command: CommandLine, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(weight_file(ZOO).file, b"other arrays")
    archive_path = tmp_path / "zoo.zip"
    archive_path.write_bytes(buffer.getvalue())
    digest = weight_file(ZOO).digest
    assert digest is not None
    done = command.inside("weights", "add", ZOO, archive_path)
    assert done.exit_code == 2 and digest.value in done.stderr
    done = command.inside("weights", "add", SMP, archive_path)
    assert done.exit_code == 2 and "no safetensors" in done.stderr
    assert not any((command.home / "weights" / "incoming").glob("*.added*"))
    for words, told in (
        (("x:y", archive_path), "no published weights 'x:y'"),
        ((SMP, tmp_path / "absent"), "is no file"),
        (("absent",), "is no folder"),
    ):
        done = command.inside("weights", "add", *words)
        assert done.exit_code == 2 and told in done.stderr


def test_a_classifier_by_hand(command: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "good or bad"
    folder.mkdir()
    (folder / "config.json").write_text('{"network": "resnet18", "epochs": 3}')
    (folder / "classes.txt").write_text("good,bad")
    (folder / "model.safetensors").write_bytes(CONTENT)
    done = command.inside("weights", "add", folder)
    assert done.exit_code == 0 and "--weights 'classifier:good or bad'" in done.output
    shown = command.inside("weights", "list").output
    assert "good or bad" in shown and "resnet18" in shown
