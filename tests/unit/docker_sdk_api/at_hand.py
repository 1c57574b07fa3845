"""Homes, datasets and jobs to test with."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.meta import Meta
from docker_sdk_api.jobs.record import JobRecord, columns_of
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.settings import Settings
from tests.waiting import PATIENCE
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetClass, DatasetVersion, FileEntry, Sample
from training_api.spec.files import write_json
from training_api.spec.job import JobSpec
from training_api.spec.kinds.base import Spec
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.states import JobState

SMALL_AGENT = Path(__file__).with_name("small_agent.py")


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Settings of a home below `folder` that wait for nothing."""
    quick: dict[str, Any] = {
        "home": folder / "home",
        "dataset_roots": (folder / "datasets",),
        "poll_seconds": 0.02,
        "retry_seconds": (0.0,),
        "stop_grace_seconds": 1.0,
        "disk_reserve": 0,
        "nvidia_smi": str(folder / "no-nvidia-smi"),
    }
    return Settings(**quick | changes)


def spec_for(name: str, **changes: Any) -> JobSpec:
    """A spec of the version that `save_version` saves."""
    return JobSpec.model_validate({"name": name, "dataset": "dv-test", "preset": "fast"} | changes)


def save_version(home: Home, images: int = 10) -> DatasetVersion:
    """A manifest without files, which suffices wherever nothing is decoded."""
    samples = [
        Sample(
            stem=f"part {number}",
            image=FileEntry(path=f"images/part {number}.png", sha256="0" * 64, size=1),
            label=FileEntry(path=f"labels/part {number}.png", sha256="0" * 64, size=1),
            width=8,
            height=6,
            pixels=[40, 8],
        )
        for number in range(images)
    ]
    version = DatasetVersion(
        id="dv-test",
        name="parts",
        format="folder",
        classes=[
            DatasetClass(id=0, name="background", colour=(0, 0, 0)),
            DatasetClass(id=1, name="part", colour=(230, 159, 0)),
        ],
        samples=samples,
        root=str(home.path / "nowhere"),
        created=now(),
    )
    version.save(home.datasets)
    return version


def add_job(home: Home, store: JobStore, name: str | None = None, **changes: Any) -> JobRecord:
    """A queued job with its directory, as a submission leaves it."""
    job_id = f"job-{secrets.token_hex(6)}"
    return _add(home, store, job_id, spec_for(name or job_id, **changes), "parts")


def add_fetch_job(home: Home, store: JobStore, name: str, weights: str) -> JobRecord:
    """As `add_job`, a download."""
    spec = FetchSpec(name=name, weights=weights)
    return _add(home, store, f"job-{secrets.token_hex(6)}", spec, "")


def _add(home: Home, store: JobStore, job_id: str, spec: Spec, dataset_name: str) -> JobRecord:
    directory = home.job(job_id)
    directory.path.mkdir()
    write_json(directory.spec_path, spec.document())
    common = {"created_by": "local", "created": now(), "dataset_name": dataset_name}
    Meta(id=job_id, project_id="default", **common).save(directory)
    with store.write() as rows:
        return rows.insert(id=job_id, state=JobState.queued.value, **common, **columns_of(spec))


def write_dataset(folder: Path, images: int = 4, size: tuple[int, int] = (32, 24)) -> Path:
    """A sound dataset folder of two classes."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    names = {"classes": 2, "classesname": ["background", "part"]}
    (folder / "objectclasses.json").write_text(json.dumps(names))
    width, height = size
    for number in range(images):
        label = np.zeros((height, width), np.uint8)
        label[number : number + 8, 4:16] = 1
        photo = np.stack([label * 200, label * 100 + 30, label + 60], axis=-1)
        Image.fromarray(photo).save(folder / "images" / f"part-{number}.png")
        Image.fromarray(label).save(folder / "labels" / f"part-{number}.png")
    return folder


def state_of(store: JobStore, job_id: str) -> JobState:
    """The job's state now."""
    with store.read() as rows:
        return rows.get(job_id).state


async def until(condition: Callable[[], Any]) -> Any:
    """The first true value of `condition`; fails after PATIENCE."""

    async def found() -> Any:
        return condition()

    return await until_told(found)


async def until_told(condition: Callable[[], Awaitable[Any]]) -> Any:
    """As `until`, of a condition that has to be asked for."""
    deadline = time.monotonic() + PATIENCE
    while not (value := await condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.01)
    return value
