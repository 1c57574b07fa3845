"""segsmith networks: what can be trained and what it costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docker_sdk_api.measurements import Measurement, Measurements
from training_api.cli.networks import command

MEASURED = {
    "engine": "torch", "network": "unet", "backbone": "resnet18", "height": 352, "width": 480,
    "batch_size": 4, "device": "AMD EPYC", "cpus": 2, "precision": "bfloat16",
    "images_per_second": 12.34, "job_id": "job-1", "time": "2026-01-01T00:00:00Z",
}  # fmt: skip


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--home", str(home), *arguments])


def test_all_networks_with_their_spans(tmp_path: Path) -> None:
    output = run(tmp_path, "--size", "1024").output
    (unet,) = [line for line in output.splitlines() if line.startswith("unet ")]
    assert "U-Net" in unet and " 15 " in unet
    assert "2.0 to 51.3 M" in unet and "56.0 to 432.9" in unet
    assert "GFLOPs at 1024" in output and "engine gluoncv" in output and "cross_entropy" in output


def test_the_backbones_of_one_network(tmp_path: Path) -> None:
    Measurements(tmp_path / "measurements.json").add(Measurement.model_validate(MEASURED))
    output = run(tmp_path, "unet").output
    (resnet,) = [line for line in output.splitlines() if line.startswith("resnet18 ")]
    assert "12.5 M" in resnet and "35.7" in resnet
    assert "12.3 images/s at 480×352, AMD EPYC" in resnet and "BSD-3-Clause" in resnet
    (mit,) = [line for line in output.splitlines() if line.startswith("mit_b0 ")]
    assert "not yet" in mit and "research and evaluation only" in mit
    assert "multiples of 32" in output and "losses" not in output


def test_as_json(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "unet", "--size", "1024", "--json").output)
    (unet,) = document["networks"]
    assert document["gflops_side"] == 1024
    variant = next(one for one in unet["variants"] if one["backbone"] == "resnet18")
    assert variant["gflops"] == pytest.approx(4 * 35.7, rel=0.01)


def test_an_unknown_network_names_the_known_ones(tmp_path: Path) -> None:
    result = run(tmp_path, "vgg")
    assert result.exit_code == 1
    assert "There is no network 'vgg'. Choose one of: unet," in result.output
