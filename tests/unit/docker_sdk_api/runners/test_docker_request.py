"""What Docker is asked for, compared with a file that shows all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Assignment
from docker_sdk_api.runners.docker_images import image_of, job_images
from docker_sdk_api.runners.docker_request import Request, Surroundings, job_request
from tests.unit.docker_sdk_api.at_hand import save_version, spec_for
from training_api.spec.clock import now
from training_api.spec.files import write_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.kinds.base import Spec
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.kinds.profile import ProfileSpec
from training_api.spec.launch import Launch
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.weights.registry import all_weights

GOLDEN = Path(__file__).with_name("docker_request.json")
IMAGES = job_images("segsmith/training-torch:cpu-1", "segsmith/training-gluoncv:cpu-1", "service:1")
GIB = 1 << 30
GPU = "GPU-11111111-2222-3333-4444-555555555555"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With a dataset version whose folder is there."""
    home = Home(tmp_path / "home")
    home.create()
    save_version(home)
    (tmp_path / "parts").mkdir()
    return home


def request_for(
    home: Home,
    spec: Spec,
    *,
    engine: EngineName | None = EngineName.torch,
    devices: list[str] | None = None,
    memory: int = 16 * GIB,
    **launch: Any,
) -> Request:
    """The request for the first attempt of a job with this spec."""
    directory = home.job("job-0123456789ab")
    files = directory.attempt(1)
    files.path.mkdir(parents=True, exist_ok=True)
    write_json(directory.spec_path, spec.document())
    given = {
        "dataset_manifest": str(home.datasets / "dv-test.json"),
        "dataset_root": str(home.path.parent / "parts"),
    } | launch
    Launch(
        job_id="job-0123456789ab",
        attempt=1,
        models_dir=str(home.models),
        model_id="model-0123456789ab-1",
        weights_dir=str(home.weights),
        created=now(),
        **given,
    ).save(files.launch_path)
    assignment = Assignment("job-0123456789ab", 1, directory.path, engine, devices or ["cpu"])
    around = Surroundings("0" * 32, "1000:1000", memory, "bridge")
    return job_request(assignment, IMAGES[engine], around)


def mounts(request: Request, home: Home) -> dict[str, bool]:
    """Whether it is written to, by path below the test's folder."""
    found = request["config"]["HostConfig"]["Mounts"]
    assert all(entry["Type"] == "bind" and entry["Source"] == entry["Target"] for entry in found)
    top = f"{home.path.parent}/"
    return {entry["Target"].removeprefix(top): not entry["ReadOnly"] for entry in found}


def test_the_whole_request_of_a_training(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGSMITH_COMMAND", "docker exec parts segsmith")
    text = json.dumps(request_for(home, spec_for("one")), indent=1)
    request = json.loads(text.replace(str(home.path.parent), "/data"))
    assert request == json.loads(GOLDEN.read_text())


def test_a_training_sees_its_own_folders_only(home: Home) -> None:
    first = home.weights / "host" / "name" / "file.safetensors"
    first.parent.mkdir(parents=True)
    weights = InitialWeights(
        mode=WeightsMode.imagenet, id="x", path=str(first), format="safetensors", scope="encoder"
    )
    request = request_for(home, spec_for("one"), initial_weights=weights)
    assert mounts(request, home) == {
        "home/datasets/dv-test.json": False,
        "home/jobs/job-0123456789ab": True,
        "home/models": True,
        "home/weights/host/name": False,
        "parts": False,
    }


def test_a_measurement_publishes_nothing(home: Home) -> None:
    spec = ProfileSpec.model_validate(spec_for("one").document() | {"kind": "profile"})
    assert "home/models" not in mounts(request_for(home, spec), home)


def test_a_dataset_that_is_gone_is_left_to_the_trainer(home: Home) -> None:
    request = request_for(home, spec_for("one"), dataset_root=str(home.path / "nowhere"))
    assert "home/nowhere" not in mounts(request, home)


def test_only_downloads_have_a_network_and_proxies(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    monkeypatch.setenv("SECRET", "never told")
    monkeypatch.setenv("SEGSMITH_COMMAND", "docker exec parts segsmith")
    empty = {"dataset_manifest": "", "dataset_root": ""}
    fetch = request_for(home, FetchSpec(name="f", weights="w"), engine=None, devices=[], **empty)
    assert fetch["config"]["HostConfig"]["NetworkMode"] == "bridge"
    assert mounts(fetch, home) == {"home/jobs/job-0123456789ab": True, "home/weights": True}
    assert {"HTTPS_PROXY=http://proxy:3128", "no_proxy=localhost"} <= {*fetch["config"]["Env"]}
    assert fetch["config"]["Image"] == "service:1"
    training = request_for(home, spec_for("one"))
    assert training["config"]["HostConfig"]["NetworkMode"] == "none"
    assert not [line for line in training["config"]["Env"] if "proxy" in line.lower()]
    assert "SECRET" not in json.dumps([fetch, training])
    for request in (fetch, training):  # both have sentences that name it
        assert "SEGSMITH_COMMAND=docker exec parts segsmith" in request["config"]["Env"]


def test_gpus_are_asked_for_by_uuid(home: Home) -> None:
    for gpus in ([GPU], [GPU, GPU.replace("1", "a")]):
        config = request_for(home, spec_for(f"on {len(gpus)}"), devices=gpus)["config"]
        asked = [{"Driver": "", "DeviceIDs": gpus, "Capabilities": [["gpu", "compute", "utility"]]}]
        assert config["HostConfig"]["DeviceRequests"] == asked
        names = ",".join(gpus)
        assert {f"{tool}_VISIBLE_DEVICES={names}" for tool in ("CUDA", "NVIDIA")} <= {
            *config["Env"]
        }


def test_limits_are_those_of_the_spec_within_those_of_the_machine(home: Home) -> None:
    def limits(machine: int, **resources: float) -> tuple[int, int, int]:
        spec = spec_for("one", resources=resources)
        host = request_for(home, spec, memory=machine)["config"]["HostConfig"]
        return host["Memory"], host["MemorySwap"], host["ShmSize"]

    assert limits(16 * GIB) == (16 * GIB, 16 * GIB, 2 * GIB)
    assert limits(16 * GIB, memory=0.3, shm=0.5) == (300_000_000, 300_000_000, 500_000_000)
    assert limits(GIB) == (GIB, GIB, GIB)
    assert limits(GIB, memory=8, shm=4) == (GIB, GIB, GIB)


def test_a_download_runs_where_its_conversion_can(home: Home) -> None:
    pickled = next(entry.id for entry in all_weights() if entry.pickled)
    plain = next(entry.id for entry in all_weights() if not entry.pickled)
    directory = home.job("job-0123456789ab")
    directory.path.mkdir(parents=True)
    for weights, engine in ((pickled, EngineName.torch), (plain, None)):
        write_json(directory.spec_path, FetchSpec(name="f", weights=weights).document())
        assert image_of(IMAGES, directory, None) == IMAGES[engine]
    write_json(directory.spec_path, spec_for("one").document())
    assert image_of(IMAGES, directory, EngineName.gluoncv) == IMAGES[EngineName.gluoncv]
