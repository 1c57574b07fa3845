"""What goes wrong with containers, on a real engine: each fault's state and sentence."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners.docker_labels import container_name
from tests.contract.rigs import DockerRig
from tests.docker_engine import DockerEngine
from tests.faults.conftest import Begin
from tests.faults.container_jobs import agent_over, containers, home_in, runner_in, small
from tests.small_image import PYTHON, remove_containers
from tests.unit.docker_sdk_api.at_hand import add_job, until
from training_api.spec.errors import ReasonCode
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.states import JobState

EATS = "held = [bytearray(b'x' * (50 << 20)) for _ in range(20)]"
FILLS = """
import os, sys
from pathlib import Path
from training_api.journal import Journal
from training_api.spec.directory import JobDirectory
from training_api.worker import exit_code_of

def work():
    path = Path(sys.argv[1], "filling")
    try:
        with path.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
    finally:
        path.unlink()

journal = Journal(JobDirectory(Path(sys.argv[1])), int(sys.argv[2]))
sys.exit(exit_code_of(work, failed=journal.failed))
"""
LOOKS = """
import json, os, sys
from pathlib import Path
def refused(path):
    try:
        Path(path).write_text("x")
    except OSError as error:
        return error.strerror
    return "written"
job, dataset = Path(sys.argv[1]), Path(sys.argv[1]).parents[2] / "parts"
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
(job / "seen.json").write_text(json.dumps({
    "user": [os.getuid(), os.getgid()], "models": refused(job.parents[1] / "models" / "x"),
    "capabilities": status["CapEff"].strip(), "new_privileges": status["NoNewPrivs"].strip(),
    "interfaces": os.listdir("/sys/class/net"),
    "root": refused("/x"), "dataset": refused(dataset / "x"), "scratch": refused("/tmp/x"),
    "socket": os.path.exists("/var/run/docker.sock"),
    "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize,
    "others": sorted(entry.name for entry in job.parent.iterdir()),
    "home": sorted(entry.name for entry in job.parent.parent.iterdir()),
}))
"""


async def test_a_missing_image(begin: Begin, docker_engine: DockerEngine, home: Home) -> None:
    running = await begin(image="segsmith/training-torch:gpu-0.0.0-absent")
    job = await running.ended(add_job(home, running.store).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.no_image)
    assert "segsmith/training-torch:gpu-0.0.0-absent is not on this machine" in job.message
    assert "docker-compose -f build/build_gpu.yml build" in job.message
    assert containers(docker_engine, home) == []
    problem = running.runner.engine_problem(EngineName.torch)
    assert problem is not None and "build_gpu.yml" in problem.message


async def test_a_name_that_is_taken(
    begin: Begin, docker_engine: DockerEngine, home: Home, small_image: str
) -> None:
    running = await begin()
    await running.supervisor.stop()
    job = add_job(home, running.store)
    name = container_name(home.installation(), job.id, 1)
    docker_engine.docker("create", "--name", name, small_image, "true")
    try:
        await running.supervisor.start()
        ended = await running.ended(job.id)
        assert (ended.state, ended.reason) == (JobState.failed, ReasonCode.not_started)
        assert f"{name} is taken by a container that is not ours" in ended.message
        assert "Rename or remove it" in ended.message
        assert docker_engine.docker("inspect", "--format", "{{.State.Status}}", name) == "created"
    finally:
        docker_engine.docker("rm", name)


async def test_a_container_that_is_killed_is_repeated(
    begin: Begin, docker_engine: DockerEngine, home: Home
) -> None:
    running = await begin()
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    docker_engine.docker("kill", *containers(docker_engine, home))
    await until(lambda: running.job(job.id).attempt == 2)
    first = home.job(job.id).attempt(1).result()
    assert first is not None
    assert (first.state, first.reason) == (JobState.interrupted, ReasonCode.killed)
    assert "ended from outside by signal 9" in first.message
    await running.reached(job.id, JobState.running)
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    await until(lambda: containers(docker_engine, home) == [])


async def test_a_container_that_is_removed_is_repeated(
    begin: Begin, docker_engine: DockerEngine, home: Home
) -> None:
    running = await begin()
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    docker_engine.docker("rm", "--force", *containers(docker_engine, home))
    await until(lambda: running.job(job.id).attempt == 2)
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled


@pytest.mark.parametrize("command", [agent_over(EATS), (PYTHON, "-c", EATS)])
async def test_out_of_memory_with_a_limit(
    begin: Begin, docker_engine: DockerEngine, home: Home, command: tuple[str, ...]
) -> None:
    """The kernel ends the trainer alone, or all there is."""
    running = await begin(command)
    limit = {"gpus": 0, "memory": 0.3}
    job = await running.ended(add_job(home, running.store, resources=limit).id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.out_of_memory)
    assert "memory" in job.message
    assert "Lower the batch size" in job.message
    assert job.attempt == 2  # once more, with half the batch
    await until(lambda: containers(docker_engine, home) == [])


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own; needs root."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk(
    begin: Begin, docker_engine: DockerEngine, small_image: str, tmp_path: Path
) -> None:
    from tests.faults.container_jobs import supervised

    with small_disk(tmp_path / "small disk", 24) as disk:
        home = home_in(disk)
        runner = runner_in(home, docker_engine, small_image, agent_over(FILLS))
        with supervised(disk, runner, home) as running:
            job = add_job(home, running.store)
            await running.supervisor.start()
            ended = await running.ended(job.id)
            await running.supervisor.stop()
        remove_containers(docker_engine, home)
        await runner.close()
    assert (ended.state, ended.reason) == (JobState.interrupted, ReasonCode.disk_full)
    assert "The disk is full. Free some space and resume the job." in ended.message
    assert ended.retries == 3


async def test_nothing_is_left_after_delete(
    begin: Begin, docker_engine: DockerEngine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docker_sdk_api.follower._FORCE_MARGIN", 0.0)
    running = await begin(small("deaf"))  # to be ended by force
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is JobState.cancelled
    running.actions.delete(job.id)
    await until(lambda: containers(docker_engine, home) == [])


async def test_two_installations_do_not_see_each_other(
    docker_engine: DockerEngine, small_image: str, tmp_path: Path
) -> None:
    homes = [home_in(tmp_path / name) for name in ("one", "two")]
    assert homes[0].installation() != homes[1].installation()
    runners = [runner_in(home, docker_engine, small_image, small()) for home in homes]
    docker_engine.docker("create", "--name", f"foreign-{os.getpid()}", small_image, "true")
    try:
        rigs = []
        for home, runner in zip(homes, runners, strict=True):
            DockerRig.image, DockerRig.address = small_image, docker_engine.host
            rig = DockerRig(home)
            await rig.runner.close()
            rig.runner = runner
            rigs.append((rig, await rig.training(rig.assignment())))
        for rig, handle in rigs:
            assert await rig.runner.list() == [handle]
        await runners[0].stop(rigs[0][1], force=True)
        assert await runners[0].list() == []
        assert await runners[1].list() == [rigs[1][1]]
    finally:
        docker_engine.docker("rm", "--force", f"foreign-{os.getpid()}")
        for home, runner in zip(homes, runners, strict=True):
            remove_containers(docker_engine, home)
            await runner.close()


async def test_what_a_job_sees_and_may(
    begin: Begin, docker_engine: DockerEngine, home: Home, tmp_path: Path
) -> None:
    """As the data's owner, in its own folders, without a network or any privilege."""
    parts = tmp_path / "parts"
    parts.mkdir()
    version = json.loads((home.datasets / "dv-test.json").read_text())
    (home.datasets / "dv-test.json").write_text(json.dumps(version | {"root": str(parts)}))
    for folder in (tmp_path, home.path, parts):
        os.chown(folder, 1000, 1000)
    running = await begin(agent_over(LOOKS), roots=(parts,))
    add_job(home, running.store, "another")
    job = add_job(home, running.store)
    await running.ended(job.id)
    seen: dict[str, Any] = json.loads((home.job(job.id).path / "seen.json").read_text())
    assert seen == {
        "user": [1000, 1000],
        "capabilities": "0000000000000000",
        "new_privileges": "1",
        "interfaces": ["lo"],
        "root": "Read-only file system",
        "dataset": "Read-only file system",
        "scratch": "written",
        "models": "written",
        "socket": False,
        "shm": 2 << 30,
        "others": [job.id],
        "home": ["datasets", "jobs", "models"],
    }
    checks = {check.name: check for check in await running.runner.check()}
    assert checks["docker_user"].ok
    assert checks["docker_folders"].ok
