"""The installation in containers: built from this tree, on a real Docker Engine, by one port."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from console import ROOT
from image_requirements import PARTS

from tests.command_line import until
from tests.compose_stack import ROLES, Images, Stack, running_stack
from tests.docker_engine import compose
from tests.volume_stack import VolumeStack

QUICK = {"epochs": 1, "base_size": 64, "crop_size": 64, "batch_size": 8}
PHOTO = "/data/datasets/dummy_dataset/images/panel_000.jpg"
MASK = "/data/segsmith/mask.png"
ENDED = ("succeeded", "failed", "cancelled", "interrupted")


@pytest.fixture
def client(compose_stack: Stack) -> Iterator[httpx.Client]:
    with compose_stack.client() as client:
        yield client


def start(client: httpx.Client, name: str, engine: str = "torch", **changes: Any) -> str:
    """The id of a new job on the sample dataset."""
    dataset = client.post("/api/v1/datasets/dummy_dataset/check").json()["version"]
    network = {"torch": "unet", "gluoncv": "fastscnn"}[engine]
    spec = {"name": name, "dataset": dataset, "engine": engine, "network": {"name": network}}
    spec["hyper_parameters"] = QUICK | changes
    answer = client.post("/api/v1/jobs", json=spec)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    """The job's view once it is over."""

    def view() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
        return found if found["state"] in ENDED else None

    found: dict[str, Any] = until(view)
    return found


def has_trained(client: httpx.Client, job: str) -> bool:
    """Whether an epoch is in its log."""
    return "Epoch 1/" in client.get(f"/api/v1/jobs/{job}/log.txt").text


def is_tried(client: httpx.Client, model: str) -> bool:
    """Whether it predicts a photo's classes."""
    photo = (ROOT / "datasets/dummy_dataset/images/panel_000.jpg").read_bytes()
    answer = client.post(f"/inference/models/{model}/predict", files={"image": photo})
    assert answer.status_code == 200, answer.text
    return [entry["name"] for entry in answer.json()["classes"]] == ["background", "pad", "circle"]


def inspected(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.images.engine.docker("inspect", name))[0]
    return found


@pytest.mark.parametrize("engine", ["torch", "gluoncv"])
def test_a_model_is_trained_taken_away_and_tried(
    client: httpx.Client, compose_stack: Stack, engine: str
) -> None:
    job = start(client, f"with {engine}", engine)
    view = ended(client, job)
    log = client.get(f"/api/v1/jobs/{job}/log.txt")
    assert view["state"] == "succeeded", log.text
    assert "Epoch 1/1" in log.text and "attachment" in log.headers["content-disposition"]
    download = client.get(f"/api/v1/models/{view['model_id']}/download")
    with zipfile.ZipFile(io.BytesIO(download.content)) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("predict.py") for name in archive.namelist())
    assert is_tried(client, view["model_id"])
    owners = {path.stat().st_uid for path in (compose_stack.data / "jobs" / job).rglob("*")}
    assert owners == {compose_stack.owner}


def test_a_job_is_a_container_of_its_own_and_stops(
    client: httpx.Client, compose_stack: Stack
) -> None:
    job = start(client, "to be stopped", epochs=5000)
    until(lambda: has_trained(client, job))
    (container,) = compose_stack.job_containers()
    config = inspected(compose_stack, container)
    assert config["Config"]["Image"] == compose_stack.images.reference("training-torch")
    assert config["Config"]["User"] == f"{compose_stack.owner}:{compose_stack.owner}"
    assert config["HostConfig"]["NetworkMode"] == "none"
    assert client.post(f"/api/v1/jobs/{job}/stop").is_success
    assert ended(client, job)["state"] == "cancelled"
    until(lambda: compose_stack.job_containers() == [])


def test_a_stack_in_a_volume_is_apart_from_another_and_outlives_down_and_up(
    client: httpx.Client, compose_stack: Stack, tmp_path: Path
) -> None:
    first = start(client, "of the first", epochs=5000)
    until(lambda: has_trained(client, first))
    images = compose_stack.images
    with running_stack(images, tmp_path / "second", VolumeStack) as second:
        assert isinstance(second, VolumeStack)
        with second.client() as other:
            assert other.get("/api/v1/jobs").json()["jobs"] == []
            assert other.get("/api/v1/jobs", headers={"Authorization": ""}).status_code == 401
            assert second.installation() != compose_stack.installation()
            assert second.job_containers() == []
            assert client.get(f"/api/v1/jobs/{first}").json()["state"] == "running"
            client.post(f"/api/v1/jobs/{first}/stop")
            assert ended(client, first)["state"] == "cancelled"
            model = model_of_a_job_that_outlives(second, other)
            assert is_tried(other, model)
        predict = ("segsmith", "predict", model, PHOTO, "--out", MASK)
        assert "pad" in second.compose("exec", "-T", "docker_sdk_api", *predict)
        assert second.look("find", "/data/segsmith", "!", "-user", str(second.owner)) == ""
    assert second.volume not in images.engine.docker("volume", "ls", "--quiet").split()


def model_of_a_job_that_outlives(stack: Stack, client: httpx.Client) -> str:
    """The only job of the stack runs while the parts are down, and is stopped by the new ones."""
    job = start(client, "outlives", epochs=5000)
    until(lambda: has_trained(client, job))
    (container,) = stack.job_containers()
    stack.down()
    assert inspected(stack, container)["State"]["Running"]
    stack.up()
    assert [entry["id"] for entry in client.get("/api/v1/jobs").json()["jobs"]] == [job]
    assert client.get(f"/api/v1/jobs/{job}").json()["state"] == "running"
    assert stack.job_containers() == [container], "adopted, not started again"
    client.post(f"/api/v1/jobs/{job}/stop")
    view = ended(client, job)
    assert view["state"] == "cancelled"
    return str(view["model_id"])


def test_one_part_reaches_docker_and_one_port_is_open(compose_stack: Stack) -> None:
    parts = {part: inspected(compose_stack, compose_stack.container(part)) for part in PARTS}
    reached = {
        part
        for part, found in parts.items()
        if any(mount["Destination"].endswith("docker.sock") for mount in found["Mounts"])
    }
    assert reached == {"docker_sdk_api"}
    published = {
        part: [port for port, hosts in found["NetworkSettings"]["Ports"].items() if hosts]
        for part, found in parts.items()
    }
    assert published == {"gui": ["4200/tcp"], "docker_sdk_api": [], "inference_api": []}


def test_parts_are_healthy_with_few_rights(compose_stack: Stack) -> None:
    for part in PARTS:
        container = compose_stack.container(part)
        until(
            lambda c=container: (
                inspected(compose_stack, c)["State"]["Health"]["Status"] == "healthy"
            )
        )
        found = inspected(compose_stack, container)
        assert found["Config"]["User"].startswith(f"{compose_stack.owner}:")
        assert found["HostConfig"]["ReadonlyRootfs"]
        assert found["HostConfig"]["CapDrop"] == ["ALL"]


def test_images_say_what_they_are_and_belong_to_nobody(compose_images: Images) -> None:
    for role in ROLES:
        found = json.loads(
            compose_images.engine.docker("image", "inspect", compose_images.reference(role))
        )[0]
        labels = found["Config"]["Labels"]
        assert labels["org.opencontainers.image.version"] == "test"
        assert labels["org.opencontainers.image.title"].startswith("Segsmith")
        assert found["Config"]["User"] == "10001:10001"


@pytest.mark.parametrize("override", [False, True])
def test_the_old_ports_are_opened_by_the_override_alone(
    compose_stack: Stack, override: bool
) -> None:
    files = ["-f", "run/run_cpu.yml"] + override * ["-f", "run/publish_ports.yml"]
    shown = subprocess.run(
        [*compose(), *files, "config"],
        cwd=ROOT,
        env=compose_stack.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    services = yaml.safe_load(shown)["services"]
    for name, port in (("docker_sdk_api", "4222"), ("inference_api", "4343")):
        # compose writes a port as a text or, newer, as a mapping
        assert (port in str(services[name].get("ports"))) is override


@pytest.mark.parametrize("arch", ["cpu", "cpu_mkl", "gpu", "gpu_mkl"])
def test_compose_reads_every_file(compose_stack: Stack, arch: str) -> None:
    for path in (f"build/build_{arch}.yml", f"run/run_{arch}.yml"):
        subprocess.run(
            [*compose(), "-f", path, "config", "--quiet"],
            cwd=ROOT,
            env=compose_stack.environment,
            check=True,
        )
