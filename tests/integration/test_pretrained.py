"""From a host of weights to a trained model: fetched first, started from, as a user would."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine, free_port, last_json
from tests.compose_stack import Images
from tests.file_server import Cut, Host, serving
from tests.image_weights import (
    PICKLED,
    digest_of,
    image_with_weights,
    trained_in_containers,
)
from tests.training_jobs import events_of, make_dataset
from tests.unit.training_api.fetch_jobs import make_fetch_job, published
from tests.waiting import PATIENCE
from training_api.spec.directory import JobDirectory
from training_api.spec.environments import engine_python
from training_api.spec.files import read_json, sha256_of
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import ModelManifest
from training_api.weights.registry import weight_file

SMP = "huggingface:smp-resnet18"
QUICK = ("--network", "unet", "--backbone", "resnet18", "--epochs", 1, "--base-size", 64)
ENCODER = """
import sys, torch
from training_api.networks.torch.operators import declare_missing_operators
declare_missing_operators()
from safetensors.torch import save_file
from segmentation_models_pytorch.encoders import get_encoder
torch.manual_seed(4711)
tensors = get_encoder("resnet18", weights=None).state_dict()
save_file(tensors, sys.argv[1] + "/model.safetensors")
torch.save(tensors, sys.argv[1] + "/net.pth")
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder as its publishers write it, with random weights, in two formats."""
    folder = tmp_path_factory.mktemp("published")
    python = engine_python(EngineName.torch)
    assert python is not None, "Run `make setup`: the torch engine is missing."
    subprocess.run([python, "-c", ENCODER, str(folder)], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture(scope="module")
def host(files: Path) -> Iterator[Host]:
    path = f"huggingface/{weight_file(SMP).path}"
    with serving(Host({path: (files / "model.safetensors").read_bytes()})) as host:
        host.headers = {"X-Linked-ETag": f'"{sha256_of(files / "model.safetensors")}"'}
        yield host


def test_a_training_fetches_its_weights_first(tmp_path: Path, host: Host, files: Path) -> None:
    """In vain at first, for lack of a connection; then it goes on by Resume. No service runs."""
    dataset = tmp_path / "parts"
    make_dataset(dataset, count=6)
    nowhere = f"http://127.0.0.1:{free_port()}"
    command = CommandLine(tmp_path / "home", SEGSMITH_WEIGHTS_MIRROR=nowhere)
    words = ("train", dataset, *QUICK, "--weights", SMP, "--name", "taught")
    failed = command.run(*words, "--freeze-backbone")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert f"Its weights {SMP} are fetched first. Licence: BSD-3-Clause" in failed.stdout
    assert "could not be fetched. There is no connection to 127.0.0.1" in failed.stdout
    assert f"segsmith weights add {SMP} FILE" in failed.stdout and "resume taught" in failed.stdout
    assert command.job("taught")["reason"] == "no_weights"
    command.environment["SEGSMITH_WEIGHTS_MIRROR"] = host.url
    result = command.json("resume", "taught")
    assert [job["name"] for job in command.json("jobs")["jobs"] if job["kind"] == "fetch"] == [
        f"Fetch {SMP} 2",
        f"Fetch {SMP}",
    ]
    assert result["state"] == "succeeded"
    (told,) = events_of(JobDirectory(Path(result["job_dir"])), "weights")
    assert (told["id"], told["freeze_backbone"]) == (SMP, True)
    assert len(told["loaded"]) > 100 and not told["missing"] and not told["mismatched"]
    assert all("encoder." in name for name in told["loaded"])
    manifest = ModelManifest.load(Path(result["model"]))
    assert manifest.weights["sha256"] == sha256_of(files / "model.safetensors")
    assert manifest.weights["source"].startswith(host.url)
    assert "BSD-3-Clause" in manifest.weights["licence"]


def test_an_image_brings_weights_to_trainings_without_network(
    compose_images: Images, files: Path, tmp_path: Path
) -> None:
    """Built with a connection that breaks off once; the training needs none."""
    content = (files / "net.pth").read_bytes()
    path = f"torchvision/resnet18-{digest_of(content)}.pth"
    words = ("--network", "unet", "--backbone", "resnet18", "--weights", PICKLED)
    words += ("--base-size", "64", "--crop-size", "64", "--batch-size", "8", "--max-steps", "1")
    with serving(Host({path: content}, conducts=[Cut(5_000_000)])) as host:
        with image_with_weights(compose_images, content, host.url) as image:
            told = trained_in_containers(compose_images, image, tmp_path / "stack", *words)
        assert host.requests == [None, "bytes=5000000-"], "no training fetched anything"
    result = last_json(told)
    assert result["state"] == "succeeded", told
    manifest = ModelManifest.load(Path(result["model"]))
    assert manifest.weights["sha256"] == sha256_of(files / "model.safetensors")
    record = read_json(next((tmp_path / "stack" / "data" / "weights").rglob("record.json")))
    assert record["checked"] == f"sha256:{digest_of(content)}"
    assert record["source"] == f"{host.url}/{path}"
    assert record["licence"] == manifest.weights["licence"] == weight_file(PICKLED).licence


def test_a_pickled_file_is_converted_as_it_comes(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (files / "net.pth").read_bytes()
    file = published(content, path="net.pth", file="net.pth")
    with serving(Host({"net.pth": content})) as host:
        job = make_fetch_job(tmp_path, file, monkeypatch, host)
        assert job.run() == 0, job.last
    record = read_json(job.cache.record_path(file))
    assert record["loaded"] == "model.safetensors"
    assert job.arrived == (files / "model.safetensors").read_bytes()
    assert job.leftovers == []
