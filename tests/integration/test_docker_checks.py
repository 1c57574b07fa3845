"""What `segsmith doctor` and the settings say of containers, on a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from docker_sdk_api.runners.choice import runner_for
from docker_sdk_api.runners.docker import DockerRunner
from docker_sdk_api.runners.local import LocalRunner
from docker_sdk_api.settings import Settings
from tests.docker_engine import DockerEngine
from training_api.cli.checks import containers

ABSENT = "segsmith/training-torch:gpu-0.0.0-absent"


@pytest.fixture(autouse=True)
def _engine(docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TORCH", "GLUONCV", "SERVICE"):
        monkeypatch.setenv(f"SEGSMITH_IMAGE_{name}", ABSENT)
    monkeypatch.setenv("SEGSMITH_RUNNER", "docker")
    if docker_engine.host:
        monkeypatch.setenv("DOCKER_HOST", docker_engine.host)


def test_images_that_are_missing_are_errors_with_their_command(tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in containers(tmp_path)}
    assert findings["docker"].state == "ok"
    assert {findings[f"image {name}"].state for name in ("torch", "gluoncv")} == {"error"}
    assert "build/build_gpu.yml" in findings["image torch"].message
    assert findings["docker user"].state in ("ok", "warning")


async def test_the_environment_chooses_the_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_environment().model_copy(update={"home": tmp_path})
    runner = runner_for(settings, tuple)
    assert isinstance(runner, DockerRunner)
    problems = [runner.engine_problem(engine) for engine in runner._images if engine]
    assert all(problem and ABSENT in problem.message for problem in problems)
    titles = [check.title for check in await runner.check()]
    assert all(title[0].isupper() and "_" not in title for title in titles)
    assert len(titles) == len(set(titles)) >= 6
    await runner.close()
    monkeypatch.setenv("SEGSMITH_RUNNER", "local")
    assert isinstance(runner_for(Settings.from_environment(), tuple), LocalRunner)
