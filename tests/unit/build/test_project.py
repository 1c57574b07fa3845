"""The promises that pyproject.toml and the lock files keep."""

from __future__ import annotations

import re

import pytest
from console import ROOT
from project import ENVIRONMENTS, declared, requirement, without_dependencies

EXTRAS = declared()["project"]["optional-dependencies"]


def name_of(line: str) -> str:
    return re.split(r"[<>=!~\[; ]", line)[0].lower().replace("_", "-")


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e.name)
def test_locks_hold_exact_versions_and_no_addresses(environment):
    lines = environment.lock.read_text().splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!]+", line)] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e.name)
def test_locks_cover_every_requirement_but_pytorch(environment):
    locked = {name_of(line) for line in environment.lock.read_text().splitlines()}
    lines = [line for extra in environment.extras for line in EXTRAS[extra]]
    asked = {name_of(line) for line in lines if "python_version" not in line}
    asked |= {name_of(line) for line in declared()["project"]["dependencies"]}
    asked |= {name_of(line) for line in without_dependencies(environment.name)}
    assert asked - locked == ({"torch", "torchvision"} if environment.name == "torch" else set())


def test_the_service_gets_neither_engine():
    locked = {name_of(line) for line in ENVIRONMENTS[0].lock.read_text().splitlines()}
    assert not locked & {"torch", "torchvision", "mxnet", "gluoncv", "timm"}


def test_one_version_of_opencv_everywhere():
    pins = {
        requirement(extra, "opencv-python-headless") for extra in ("service", "torch", "gluoncv")
    }
    assert len(pins) == 1
    assert "==" in pins.pop()


def test_a_package_has_one_range_wherever_it_is_named():
    """Exact pins aside: MXNet stops at an old NumPy and an old onnx."""
    ranges: dict[str, set[str]] = {}
    named = (line for lines in EXTRAS.values() for line in lines)
    for line in (line for line in named if "==" not in line):
        ranges.setdefault(name_of(line), set()).add(line)
    assert {name for name, lines in ranges.items() if len(lines) > 1} == set()


def test_the_npm_lock_has_digests_and_no_addresses():
    lock = (ROOT / "gui" / "package-lock.json").read_text()
    assert "http" not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')
