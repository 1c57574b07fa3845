"""A command finds the installation's data from any folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from training_api.spec.errors import InvalidSpec
from training_api.spec.installation import clone, command_word, default_home
from training_api.weights.registry import weight_file

OUTSIDE = "docker-compose -f run/run_cpu.yml exec docker_sdk_api segsmith"


def test_the_home_is_the_clones_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clone()
    assert root is not None and (root / "Makefile").is_file()
    monkeypatch.chdir(tmp_path)
    assert default_home() == root / "var"
    monkeypatch.chdir(root)
    assert default_home() == Path("var")


def test_the_command_is_named_so_that_a_shell_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "bin" / "segsmith"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_word() == str(own)
    monkeypatch.setenv("PATH", str(own.parent))
    assert command_word() == "segsmith"


def test_a_container_is_told_how_its_command_is_called_from_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGSMITH_COMMAND", OUTSIDE)
    assert command_word() == OUTSIDE
    with pytest.raises(InvalidSpec, match=f"`{OUTSIDE} weights list`"):
        weight_file("nobody:net")
