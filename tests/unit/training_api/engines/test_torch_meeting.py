"""Folders in which the processes of a run meet."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from training_api.engines.torch_meeting import meeting_folder


def test_what_a_killed_process_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    impossible = "segsmith-ranks-99999999999-abc"
    for name in (f"segsmith-ranks-{gone.pid}-abc", impossible, "segsmith-ranks-other-abc", "else"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "store").write_text("met")
    first, second = meeting_folder(), meeting_folder()
    assert first != second and str(os.getpid()) in first.name
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {first.name, second.name, "segsmith-ranks-other-abc", "else"}
