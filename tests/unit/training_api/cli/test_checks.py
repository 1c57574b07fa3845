"""What `segsmith doctor` says of jobs in containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from training_api.cli.checks import containers


def test_a_daemon_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGSMITH_RUNNER", "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    (finding,) = containers(tmp_path)
    assert (finding.name, finding.state) == ("docker", "error")
    assert f"does not answer at unix://{tmp_path}/none.sock" in finding.message
    assert "systemctl start docker" in finding.message
