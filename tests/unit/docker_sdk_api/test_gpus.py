from __future__ import annotations

import stat
from pathlib import Path

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.system import gpus as module
from docker_sdk_api.system.gpus import GpuList, parse
from docker_sdk_api.system.machine import has_bfloat16
from docker_sdk_api.system.overview import gpu_rows
from tests.unit.docker_sdk_api.at_hand import add_job

TWO = """\
GPU-11111111-2222-3333-4444-555555555555, NVIDIA RTX 4000 Ada Generation, 20475, 3001, 97
GPU-66666666-7777-8888-9999-000000000000, "NVIDIA A100, 80 GB", 81920, 80000, [N/A]
"""


def fake_smi(folder: Path, script: str) -> str:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_parsing() -> None:
    busy, idle = parse(TWO)
    assert busy.uuid.startswith("GPU-1111")
    assert busy.name == "NVIDIA RTX 4000 Ada Generation"
    assert (busy.memory_total, busy.memory_free) == (20475 << 20, 3001 << 20)
    assert busy.busy_percent == 97
    assert idle.name == "NVIDIA A100, 80 GB"
    assert idle.busy_percent is None


@pytest.mark.parametrize("text", ["", "No devices were found\n", "a, b\n", "x, y, 1, 2, 3\n"])
def test_what_is_no_gpu(text: str) -> None:
    assert parse(text) == []


def test_an_older_driver_is_asked_without_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(TWO)
    script = f'case "$1" in *compute_cap*) exit 2;; esac; cat {tmp_path}/out'
    found = GpuList(fake_smi(tmp_path, script)).read()
    assert [gpu.capability for gpu in found] == [None, None]


def test_the_freest_comes_first(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(TWO)
    found = GpuList(fake_smi(tmp_path, f"cat {tmp_path}/out")).read()
    assert [gpu.memory_free >> 20 for gpu in found] == [80000, 3001]


def test_without_a_driver_there_are_none(tmp_path: Path) -> None:
    assert GpuList(str(tmp_path / "none")).read() == []


def test_a_failing_driver_forgets_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FRESH_SECONDS", -1.0)
    (tmp_path / "out").write_text(TWO)
    listed = GpuList(fake_smi(tmp_path, f"cat {tmp_path}/out"))
    assert len(listed.read()) == 2
    fake_smi(tmp_path, "echo 'Failed to initialize NVML: Unknown Error'; exit 255")
    assert len(listed.uuids()) == 2


def test_it_asks_once_in_a_while(tmp_path: Path) -> None:
    listed = GpuList(fake_smi(tmp_path, f"echo x >> {tmp_path}/asked"))
    for _ in range(5):
        listed.read()
    assert (tmp_path / "asked").read_text() == "x\n"


def test_the_user_of_a_gpu_is_named(home: Home, store: JobStore, tmp_path: Path) -> None:
    (tmp_path / "out").write_text(TWO)
    listed = GpuList(fake_smi(tmp_path, f"cat {tmp_path}/out"))
    job = add_job(home, store, name="the user")
    uuid = listed.uuids()[1]
    rows = {row["uuid"]: row["job"] for row in gpu_rows(listed, [job], {job.id: [uuid]})}
    assert rows == {listed.uuids()[0]: None, uuid: "the user"}


@pytest.mark.parametrize(
    ("flags", "expected"), [("fpu sse amx_bf16", True), ("avx512_bf16", True), ("fpu avx2", False)]
)
def test_bfloat16(tmp_path: Path, flags: str, expected: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags\t\t: {flags}\nflags : other\n")
    assert has_bfloat16(cpuinfo) is expected
    assert not has_bfloat16(tmp_path / "absent")
