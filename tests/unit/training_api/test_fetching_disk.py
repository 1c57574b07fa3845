"""Fetch jobs on a disk that is, or becomes, full."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.file_server import Host, serving
from tests.unit.training_api.fetch_jobs import make_fetch_job, published, safetensors
from training_api.fetcher import run_attempt
from training_api.reasons import EXIT_DISK_FULL

CONTENT = safetensors()


@pytest.fixture
def host() -> Iterator[Host]:
    with serving(Host({"net.safetensors": CONTENT})) as host:
        yield host


def test_too_little_space_is_told_before_anything_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == EXIT_DISK_FULL
    assert job.last["reason"] == "disk_full" and "50 MB are free" in job.last["message"]
    assert job.events("progress") == []


@pytest.mark.parametrize("call", ["fsync", "replace", "mkdir"])
def test_a_disk_that_is_full_at_any_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, call: str
) -> None:
    """The n-th call fails, for every n; the next attempt brings the file all the same."""
    real = getattr(os, call)
    for failing in range(1, 50):
        job = make_fetch_job(tmp_path / str(failing), published(CONTENT), monkeypatch, host)
        number, count = job.add_attempt(), 0

        def spoilt(path: Any, *rest: Any, failing: int = failing, **named: Any) -> Any:
            nonlocal count
            count += call == "fsync" or "weights" in str(path)
            if count == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(path, *rest, **named)

        monkeypatch.setattr(os, call, spoilt)
        code = run_attempt(job.directory.path, number, ())
        monkeypatch.setattr(os, call, real)
        if code == 0:
            break
        assert code == EXIT_DISK_FULL, job.last
        assert job.run() == 0 and job.arrived == CONTENT
    assert code == 0 and failing > 1, f"os.{call} is not called"
