"""What set-up finds out about the machine before it writes anything."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker_engine import DockerEngine
from tests.set_up import SetUp, refused, stub


@pytest.fixture
def set_up(docker_engine: DockerEngine, tmp_path: Path) -> SetUp:
    return SetUp(docker_engine, tmp_path)


@pytest.fixture
def bare_path(tmp_path: Path) -> Iterator[Path]:
    """A PATH with what every system has, and nothing of Docker's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    needed = "bash id sed tail head sort df awk dirname stat realpath timeout uname xargs ls cat"
    needed += " hostname git mkdir mv od tr chmod chown grep env"
    for name in needed.split():
        path = shutil.which(name)
        assert path or name in ("hostname", "git"), name
        if path:
            (folder / name).symlink_to(path)
    yield folder


def test_a_taken_port_is_told(set_up: SetUp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = set_up.run("--yes", "--data", set_up.data, "--port", port)
    assert refused(done, f"Port {port} is in use", 1)
    assert "--port" in done.stderr and not set_up.data.exists()


def test_an_address_of_another_machine_is_told(set_up: SetUp, tmp_path: Path) -> None:
    stub(tmp_path, "hostname", "echo 192.0.2.5 192.0.2.6 2001:db8::5")
    stub(tmp_path, "ip", "exit 1")
    stub(tmp_path, "timeout", "exit 1")  # nobody listens there
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = set_up.quick("--bind", "192.0.2.55", PATH=path)
    assert refused(done, "has the address 192.0.2.55", 1)
    assert "It has 192.0.2.5 192.0.2.6." in done.stderr and not set_up.data.exists()
    assert set_up.quick("--bind", "192.0.2.6", PATH=path).returncode == 0
    stub(tmp_path, "hostname", "exit 1")
    unsure = set_up.quick("--bind", "192.0.2.55", PATH=path)
    assert unsure.returncode == 0 and "cannot be told whether" in unsure.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "me:secret@localhost"])
def test_a_proxy_that_only_this_machine_reaches_is_told(set_up: SetUp, host: str) -> None:
    done = set_up.quick("--proxy", f"http://{host}:3128")
    assert done.returncode == 0, done.stderr
    assert "builds and containers do not" in done.stderr
    assert "docs/install.md" in done.stderr and "secret" not in done.stderr


def test_an_engine_that_does_not_answer_is_told(set_up: SetUp, tmp_path: Path) -> None:
    away = set_up.quick(DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert refused(away, "The Docker daemon does not answer", 1)
    assert "systemctl start docker" in away.stderr
    remote = set_up.quick(DOCKER_HOST="tcp://127.0.0.1:9")
    assert refused(remote, "must run on the machine of the Docker daemon", 1)


def test_a_machine_without_docker_is_told_how_to_get_it(set_up: SetUp, bare_path: Path) -> None:
    done = set_up.quick(PATH=str(bare_path))
    assert refused(done, "Docker is not installed. Install it", 1)
    assert "docker-compose is not installed" in done.stderr, "all at once"
    denied = 'echo "permission denied while trying to connect to the socket" >&2; exit 1'
    stub(bare_path, "docker", denied)
    stub(bare_path, "docker-compose", "echo 1.25.0")
    done = set_up.quick(PATH=str(bare_path))
    assert refused(done, "sudo usermod -aG docker", 1)
    assert "docker-compose 1.25.0 is too old: 1.29 is needed" in done.stderr


def test_gpu_images_need_driver_and_toolkit(set_up: SetUp, bare_path: Path) -> None:
    docker = shutil.which("docker")
    stub(bare_path, "docker-compose", "echo 1.29.2")
    stub(bare_path, "docker", f'exec {docker} "$@"')
    done = set_up.quick("--arch", "gpu", PATH=str(bare_path))
    assert refused(done, "No NVIDIA GPU answers", 1)
    assert "NVIDIA container toolkit" in done.stderr
    runtimes = json.dumps({"nvidia": {"path": "nvidia-container-runtime"}})
    with_toolkit = f"[ \"$3\" != '{{{{json .Runtimes}}}}' ] || {{ echo '{runtimes}'; exit; }}"
    stub(bare_path, "docker", f'{with_toolkit}\nexec {docker} "$@"')
    stub(bare_path, "nvidia-smi", "echo 470.57.02")
    done = set_up.quick("--arch", "gpu", PATH=str(bare_path))
    assert done.returncode == 0, done.stderr
    assert "driver 470.57.02 is older" in done.stderr
    assert "-f run/run_gpu.yml up -d" in done.stdout
