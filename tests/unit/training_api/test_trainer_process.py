"""The trainer's process: what its environment has from the start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from training_api.trainer_process import TrainerProcess

TELL = "import os; print(os.environ['GLIBC_TUNABLES'], os.environ['SEGSMITH_SOMETHING'])"


def told(log: Path) -> str:
    """What a trainer's process that tells its environment has written."""
    with (log.parent / "lock").open("w") as lock:
        process = TrainerProcess([sys.executable, "-c", TELL], log, lock.fileno(), 1.0)
        assert process.wait(30.0) == 0
    return log.read_text()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGSMITH_SOMETHING", "kept")
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)


def test_its_memory_comes_in_huge_pages_where_linux_has_them(tmp_path: Path) -> None:
    assert told(tmp_path / "log") == "glibc.malloc.hugetlb=1 kept\n"
    assert "GLIBC_TUNABLES" not in os.environ


def test_settings_of_the_host_are_kept_and_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """glibc takes the last of two."""
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0:glibc.malloc.arena_max=1")
    expected = "glibc.malloc.hugetlb=1:glibc.malloc.hugetlb=0:glibc.malloc.arena_max=1 kept\n"
    assert told(tmp_path / "log") == expected
