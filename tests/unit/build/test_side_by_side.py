"""Commands beside each other: what is said when, exit codes, and an end for all."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from side_by_side import SideBySide

from tests.waiting import until

RUN = """
print("F" * 3 + "  [ 40%]")
print("the reason, at 40% of it")
print(".....[100%]")
print("1 failed", end="")
raise SystemExit(3)
"""
PATIENT = """
import pathlib, signal, sys
def leave(*_):
    print("all in order", flush=True)
    sys.exit(2)
signal.signal(signal.SIGINT, leave)
pathlib.Path(sys.argv[1]).touch()
while True:
    signal.pause()
"""


def test_progress_comes_at_once_and_the_rest_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "suite.log"
    with SideBySide() as runner:
        code = runner.run("unit", "pytest", [sys.executable, "-c", RUN], log)
    assert code == 3
    start, *progress, title, reason, sums = capfd.readouterr().out.splitlines()
    assert start == "unit      pytest"
    assert progress == ["unit      FFF  [ 40%]", "unit      .....[100%]"]
    assert (title, reason, sums) == ("== pytest", "the reason, at 40% of it", "1 failed")
    assert "[100%]\n1 failed" in log.read_text()


def test_an_interruption_ends_what_runs_and_starts_nothing_more(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    started, log = tmp_path / "started", tmp_path / "first.log"
    command = [sys.executable, "-c", PATIENT, str(started)]
    runner = SideBySide()
    with ThreadPoolExecutor() as pool:
        with pytest.raises(KeyboardInterrupt), runner:
            first = pool.submit(runner.run, "first", "first", command, log)
            until(started.exists)
            raise KeyboardInterrupt
        assert first.result() == 2
        assert runner.run("second", "second", command, tmp_path / "second.log") != 0
    assert "all in order" in capfd.readouterr().out
