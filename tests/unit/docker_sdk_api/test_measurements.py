"""What networks were measured at on this machine, and where it is shown."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.measurements import Measurement, Measurements, measurement_of
from tests.unit.docker_sdk_api.at_hand import add_job
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.events import EventWriter

STARTED = {"size": [352, 480], "batch_size": 4, "cpus": 2, "device": "cpu", "precision": "bfloat16"}


def measurement(**changes: Any) -> Measurement:
    values = {
        "engine": "torch", "network": "unet", "backbone": "resnet18", "height": 352, "width": 480,
        "batch_size": 4, "device": "cpu", "cpus": 2, "precision": "bfloat16",
        "images_per_second": 10.0, "job_id": "job-1", "time": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return Measurement.model_validate(values | changes)


def test_the_newest_of_the_same_is_kept(tmp_path: Path) -> None:
    kept = Measurements(tmp_path / "measurements.json")
    assert kept.all() == []
    kept.add(measurement())
    kept.add(measurement(images_per_second=12.0, time="2026-01-02T00:00:00Z"))
    kept.add(measurement(cpus=8, time="2026-01-03T00:00:00Z"))
    assert [(entry.cpus, entry.images_per_second) for entry in kept.all()] == [(8, 10.0), (2, 12.0)]
    assert json.loads((tmp_path / "measurements.json").read_bytes())["schema"] == 1


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"schema": 2}'])
def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "measurements.json"
    path.write_bytes(content)
    assert Measurements(path).all() == []
    Measurements(path).add(measurement())
    assert Measurements(path).all() == [measurement()]


def test_threads_lose_nothing_of_each_other(tmp_path: Path) -> None:
    kept = Measurements(tmp_path / "measurements.json")
    threads = [
        threading.Thread(target=kept.add, args=(measurement(cpus=cpus),)) for cpus in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.cpus for entry in kept.all()} == set(range(1, 9))


def test_what_a_job_s_events_say(home: Home, store: Any) -> None:
    directory = home.job(add_job(home, store).id)
    assert measurement_of(directory) is None
    events = EventWriter(directory.events_path, 1)
    events.write("started", **STARTED)
    assert measurement_of(directory) is None
    events.write("finished", images_per_second=17.5)
    found = measurement_of(directory)
    assert found is not None and found.job_id == directory.path.name
    assert (found.network, found.backbone) == ("unet", "resnet18")
    assert (found.width, found.height, found.images_per_second) == (480, 352, 17.5)
    EventWriter(directory.events_path, 2).write("started", **STARTED)
    assert measurement_of(directory) is None, "the newest attempt did not come to its end"
    EventWriter(directory.events_path, 2).write("finished", images_per_second=None)
    assert measurement_of(directory) is None, "it was stopped before its first step"


async def test_a_job_that_ended_was_measured(running: Running) -> None:
    await running.ended(add_job(running.home, running.store).id)
    (found,) = Measurements(running.home.measurements).all()
    assert (found.network, found.height, found.width) == ("unet", 64, 96)


async def test_the_catalogue_tells_costs_speed_and_licences(
    api: httpx.AsyncClient, home: Home
) -> None:
    Measurements(home.measurements).add(measurement())
    found = (await api.get("/catalogue")).json()
    unet = next(network for network in found["networks"] if network["name"] == "unet")
    variant = next(one for one in unet["variants"] if one["backbone"] == "resnet18")
    assert variant["title"] == "ResNet-18"
    assert 10e6 < variant["parameters"] < 20e6
    assert 20 < variant["gflops"] < 60 and found["gflops_side"] == 512
    assert [entry["images_per_second"] for entry in variant["measured"]] == [10.0]
    assert variant["licence"].startswith("BSD-3-Clause")
    assert variant["backbone_weights"] and variant["network_weights"] == []
    others = [one for one in unet["variants"] if one["backbone"] != "resnet18"]
    assert all(one["measured"] == [] for one in others)
    fast = next(network for network in found["networks"] if network["name"] == "fastscnn")
    assert [one["backbone"] for one in fast["variants"]] == [None]
