"""A small image for tests of containers: Python, what the agent imports, our code; no engine."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from console import ROOT

from docker_sdk_api.home import Home
from docker_sdk_api.runners.docker_labels import INSTALLATION
from tests.docker_engine import DockerEngine

INSIDE = "/opt/small"
PYTHON = f"{INSIDE}/environment/bin/python"
SMALL_AGENT = f"{INSIDE}/tests/unit/docker_sdk_api/small_agent.py"
NUMPY_AGENT = f"{INSIDE}/tests/numpy_agent.py"

_TESTS = ("numpy_agent.py", "numpy_engine.py", "numpy_trainer.py")
_PACKAGES = ("anyio", "httpx", "numpy", "opencv-python-headless", "pillow", "psutil", "pydantic")
_MORE = ("safetensors", "starlette", "tensorboardx", "uvicorn")
_RECIPE = f"""
ARG BASE_IMAGE
FROM ${{BASE_IMAGE}}
COPY constraints.txt /tmp/constraints.txt
RUN python3 -m venv {INSIDE}/environment && {PYTHON} -m pip install --no-cache-dir \\
    --constraint /tmp/constraints.txt {" ".join([*_PACKAGES, *_MORE])}
ENV PYTHONPATH={INSIDE}
COPY code {INSIDE}
"""


@pytest.fixture(scope="session")
def small_image(docker_engine: DockerEngine, docker_base: str) -> str:
    """The image's name in the tests' engine; layers are kept from run to run."""
    return build(docker_engine, docker_base)


def build(engine: DockerEngine, base: str) -> str:
    """Build it from our code as it is now."""
    with tempfile.TemporaryDirectory(prefix="segsmith-small-") as folder:
        place = Path(folder)
        (place / "Dockerfile").write_text(_RECIPE)
        shutil.copy(ROOT / "build" / "locks" / "service.txt", place / "constraints.txt")
        _lay_out(place / "code")
        name = "segsmith-test-small:latest"
        arguments = ("--network", "host", "--build-arg", f"BASE_IMAGE={base}")
        before = engine.docker("image", "ls", "--quiet", "--no-trunc", name)
        now = engine.docker("build", "--quiet", *arguments, "--tag", name, folder)
    if before and before != now:
        engine.docker("image", "rm", before, check=False)  # its layers were for older code
    return name


def remove_containers(engine: DockerEngine, home: Home) -> None:
    """All that an installation of a test has left."""
    words = ("ps", "--all", "--quiet", "--filter", f"label={INSTALLATION}={home.installation()}")
    deadline = time.monotonic() + 300
    while found := engine.docker(*words).split():
        engine.docker("rm", "--force", *found, check=False)  # some may be going already
        assert time.monotonic() < deadline, found


def _lay_out(code: Path) -> None:
    """The packages and tests that run inside, with one date: equal code is an equal layer."""
    unwanted = shutil.ignore_patterns("__pycache__", "assets", "cli")
    shutil.copytree(ROOT / "training_api", code / "training_api", ignore=unwanted)
    tests = code / "tests"
    agent = tests / "unit" / "docker_sdk_api" / "small_agent.py"
    agent.parent.mkdir(parents=True)
    shutil.copy2(ROOT / agent.relative_to(code), agent)
    for name in _TESTS:
        shutil.copy2(ROOT / "tests" / name, tests / name)
