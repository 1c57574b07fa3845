"""What `segsmith doctor` says of jobs in containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import free_port
from training_api.cli.checks import all_findings, containers


def test_a_daemon_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGSMITH_RUNNER", "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    (finding,) = containers(tmp_path)
    assert (finding.name, finding.state) == ("docker", "error")
    assert f"does not answer at unix://{tmp_path}/none.sock" in finding.message
    assert "systemctl start docker" in finding.message


def test_a_part_in_a_container_is_asked_for_nothing_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGSMITH_RUNNER", "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr("training_api.cli.checks.find_spec", lambda name: None)
    names = {finding.name for finding in all_findings(tmp_path / "home", free_port())}
    assert "python" in names and "docker" in names
    assert not {"inference", "browser", "torch", "gluoncv"} & names
