"""The browser's packages: what is copied, and when."""

from __future__ import annotations

import assets
import pytest
from console import SetupError


@pytest.fixture
def gui(tmp_path):
    """A front-end folder as npm leaves it."""
    for number, origin in enumerate(assets.FILES.values()):
        path = tmp_path / "node_modules" / origin
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def test_every_asset_is_copied_with_its_digest(gui):
    assets.copy(gui, gui / "vendor")
    assert {path.name for path in (gui / "vendor").iterdir()} == {*assets.FILES, "manifest.json"}
    assert assets.is_current(gui, gui / "vendor")


def test_each_package_comes_with_its_licence():
    packages = {origin.split("/")[0] for origin in assets.FILES.values()}
    licences = {o.split("/")[0] for o in assets.FILES.values() if o.endswith("/LICENSE")}
    assert licences == packages


def test_a_changed_asset_or_lock_is_noticed(gui):
    assets.copy(gui, gui / "vendor")
    (gui / "vendor" / "htmx.min.js").write_text("tampered with")
    assert not assets.is_current(gui, gui / "vendor")
    assets.copy(gui, gui / "vendor")
    (gui / "package-lock.json").write_text('{"lockfileVersion": 4}')
    assert not assets.is_current(gui, gui / "vendor")


def test_a_file_that_a_new_release_renamed_is_named(gui):
    (gui / "node_modules" / assets.FILES["sse.js"]).unlink()
    with pytest.raises(SetupError, match=r"sse\.min\.js is missing"):
        assets.copy(gui, gui / "vendor")


def test_the_installed_assets_are_those_of_the_lock_file():
    assert assets.is_current()


@pytest.mark.parametrize(("version", "found"), [("v22.1.0", True), ("v12.22.9", False)])
def test_node_must_be_recent_enough(tmp_path, monkeypatch, version, found):
    for tool in ("node", "npm"):
        (tmp_path / tool).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (assets.node_on_path() is not None) == found


def test_no_node_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert assets.node_on_path() is None
