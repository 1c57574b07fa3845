"""Processes that are run to their end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.waiting import until
from training_api.spec.child import Ended, TookTooLong, run_to_end


def ended(program: str) -> Ended:
    return run_to_end([sys.executable, "-c", program], 60)


def test_how_it_ended_and_its_last_complaint() -> None:
    assert ended("print('heard by nobody')") == Ended(0, "no message")
    program = "import sys; print('first\\nlast' * 400, file=sys.stderr); sys.exit(3)"
    found = ended(program)
    assert found.code == 3 and found.complaint.startswith("last") and len(found.complaint) <= 500
    assert ended("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").code == -9


def test_nothing_is_left_of_what_takes_too_long(tmp_path: Path) -> None:
    program = (
        "import pathlib, subprocess, sys; child = subprocess.Popen(['sleep', '600']); "
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid)); child.wait()"
    )
    with pytest.raises(TookTooLong):
        run_to_end([sys.executable, "-c", program], 5)
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    """False too for one that has ended and that nobody has asked about yet."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return os.path.exists(f"/proc/{pid}/status")
