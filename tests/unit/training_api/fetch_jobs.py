"""Fetch jobs over weights that exist in tests alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.file_server import Host
from tests.training_jobs import events_of
from training_api import fetcher
from training_api.fetcher import run_attempt
from training_api.spec.clock import now
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import InvalidSpec
from training_api.spec.events import Event
from training_api.spec.files import write_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.launch import Launch
from training_api.weights.cache import WeightsCache
from training_api.weights.weight_file import Digest, WeightFile

PAUSES = (0.0, 0.0, 0.0)


def sha256(content: bytes) -> Digest:
    return Digest(algorithm="sha256", value=hashlib.sha256(content).hexdigest())


def safetensors(size: int = 200_000) -> bytes:
    """A sound file of one tensor of so many bytes, which differ."""
    head = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    body = bytes(number * 7 % 251 for number in range(size))
    return len(head).to_bytes(8, "little") + head + body


def published(content: bytes | None = None, **changes: Any) -> WeightFile:
    """A file on Hugging Face; with its digest if `content` is given."""
    values: dict[str, Any] = {
        "id": "huggingface:net",
        "title": "Net",
        "kind": "backbone",
        "engine": EngineName.torch,
        "encoder": "net",
        "dataset": "ImageNet-1k",
        "path": "net.safetensors",
        "file": "net.safetensors",
        "digest": sha256(content) if content is not None else None,
        "licence": "MIT",
    }
    return WeightFile.model_validate(values | changes)


@dataclass
class FetchJob:
    """A job directory of a fetch job, and the cache that it fills."""

    directory: JobDirectory
    cache: WeightsCache
    file: WeightFile

    def run(self, pauses: tuple[float, ...] = PAUSES) -> int:
        """One more attempt, in this process."""
        return run_attempt(self.directory.path, self.add_attempt(), pauses)

    def add_attempt(self) -> int:
        """Its launch.json; its number."""
        number = len(self.directory.attempts()) + 1
        attempt = self.directory.attempt(number)
        attempt.path.mkdir(parents=True)
        Launch(
            job_id="job-1",
            attempt=number,
            dataset_manifest="",
            dataset_root="",
            models_dir="",
            model_id="",
            weights_dir=str(self.cache.root),
            devices=[],
            created=now(),
        ).save(attempt.launch_path)
        return number

    def events(self, kind: str | None = None) -> list[Event]:
        return events_of(self.directory, kind)

    @property
    def last(self) -> Event:
        return self.events()[-1]

    @property
    def arrived(self) -> bytes | None:
        """What trainers would read."""
        record = self.cache.record(self.file)
        return record and (self.cache.folder(self.file) / record.loaded).read_bytes()

    @property
    def leftovers(self) -> list[str]:
        """What downloads left behind, locks aside."""
        names = (path.name for path in (self.cache.root / "incoming").iterdir())
        return sorted(name for name in names if not name.endswith(".lock"))


def make_fetch_job(
    folder: Path, file: WeightFile, monkeypatch: pytest.MonkeyPatch, host: Host | None = None
) -> FetchJob:
    """A job that fetches `file`, which only this process knows, from `host`."""

    def known(weights_id: str) -> WeightFile:
        if weights_id != file.id:
            raise InvalidSpec("there are no such weights")
        return file

    monkeypatch.setattr(fetcher, "weight_file", known)
    if host is not None:
        monkeypatch.setenv(f"SEGSMITH_WEIGHTS_{file.host.upper()}", host.url)
    directory = JobDirectory(folder / "jobs" / "job-1")
    directory.path.mkdir(parents=True)
    write_json(directory.spec_path, FetchSpec(name="Fetch", weights=file.id).document())
    return FetchJob(directory, WeightsCache(folder / "weights"), file)
