"""When an environment is renewed, and what set-up says when it cannot be."""

from __future__ import annotations

import dataclasses
import json
import sys

import environments
import pytest
from console import LOGS, ROOT, SetupError
from project import ENVIRONMENTS

SERVICE, TORCH, GLUONCV = ENVIRONMENTS


@pytest.fixture
def throwaway(monkeypatch, tmp_path):
    """An engine environment in a folder of its own, logged apart from the real ones."""
    folder = tmp_path.relative_to(ROOT) if tmp_path.is_relative_to(ROOT) else tmp_path
    monkeypatch.setattr(environments, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    return dataclasses.replace(TORCH, folder=str(folder / "venv"))


def test_a_stamp_of_the_present_inputs_is_current(throwaway):
    throwaway.stamp.parent.mkdir(parents=True)
    throwaway.stamp.write_text(json.dumps({"inputs": environments.fingerprint(throwaway)}))
    assert environments.is_current(throwaway)


@pytest.mark.parametrize("stamp", ["", "{", '{"inputs": "of another lock file"}'])
def test_any_other_stamp_is_not(throwaway, stamp):
    throwaway.stamp.parent.mkdir(parents=True)
    throwaway.stamp.write_text(stamp)
    assert not environments.is_current(throwaway)


def test_the_fingerprint_follows_the_lock_file(throwaway, monkeypatch, tmp_path):
    before = environments.fingerprint(throwaway)
    monkeypatch.setattr("project.LOCKS", tmp_path)
    (tmp_path / "torch.txt").write_text("numpy==9.9\n")
    assert environments.fingerprint(throwaway) != before


def test_an_engine_that_fails_is_left_out_with_a_sentence(throwaway, monkeypatch):
    monkeypatch.setattr(environments, "_install_packages", _no_such_package)
    sentence = environments.attempt(throwaway)
    assert sentence.startswith(f"Left out: {TORCH.holds}. ")
    assert "torch.log" in sentence and "make setup" in sentence
    assert not (environments.ROOT / throwaway.folder).exists()


def test_the_service_cannot_be_left_out(throwaway, monkeypatch):
    monkeypatch.setattr(environments, "_install_packages", _no_such_package)
    with pytest.raises(SetupError, match="pip could not install no-such-package"):
        environments.attempt(dataclasses.replace(throwaway, engine=False))


def _no_such_package(environment, log):
    """What _install_packages does, for a package that no index has."""
    environments._pip(environment, ["--no-index", "no-such-package-anywhere"], log)


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    log = tmp_path / "x.log"
    log.write_text("ERROR: [Errno 28] No space left on device: '/x'\n")
    assert "The disk is full" in environments._sentence("pip failed", log)


def test_another_python_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr(environments, "SUPPORTED", ((2, 7),))
    with pytest.raises(SetupError, match=r"needs 3\.11 or 3\.12.*PYTHON="):
        environments.main([])


def test_an_environment_of_this_python_is_kept_and_another_is_not(throwaway, monkeypatch):
    here = dataclasses.replace(SERVICE, folder=".venv")
    monkeypatch.setattr(environments, "ROOT", ROOT)
    assert environments._same_python(here)
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert not environments._same_python(here)


def test_logs_lie_in_an_ignored_folder():
    assert f"/{LOGS.name}/" in (ROOT / ".gitignore").read_text().splitlines()
