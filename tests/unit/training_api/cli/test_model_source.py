"""MODEL by id, name, folder and ZIP, and the ZIPs that are refused."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from tests.colour_model import publish
from training_api.cli import model_source
from training_api.cli.model_source import opened_model, unpack
from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.model_zip import zip_pieces


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path / "home" / "models", "m-1", "panels")
    publish(tmp_path / "home" / "models", "m-2", "panels", created="2026-02-01T00:00:00.000Z")
    publish(tmp_path / "home" / "models", "m-3", "m-1", created="2026-03-01T00:00:00.000Z")
    return tmp_path / "home"


def test_an_id_comes_before_a_name_and_the_newest_of_a_name_first(home: Path) -> None:
    for name, found in (("m-1", "m-1"), ("m-2", "m-2"), ("panels", "m-2")):
        with opened_model(home, name) as (folder, manifest):
            assert (manifest.id, folder) == (found, home / "models" / found)


def test_a_folder_and_a_zip_give_the_same_model(home: Path, tmp_path: Path) -> None:
    source = home / "models" / "m-1"
    archive = tmp_path / "m.zip"
    archive.write_bytes(b"".join(zip_pieces(source)))
    with opened_model(home, str(archive)) as (folder, manifest):
        assert manifest.id == "m-1"
        left = folder
        artefact = "exports/onnx/model.onnx"
        assert (folder / artefact).read_bytes() == (source / artefact).read_bytes()
    assert not left.exists()
    with opened_model(home, str(source)) as (folder, manifest):
        assert (folder, manifest.id) == (source, "m-1")


@pytest.mark.parametrize("name", ["other", "../models/m-9", "", "m-1/manifest.json"])
def test_an_unknown_model_is_named(home: Path, name: str) -> None:
    with pytest.raises((NotFound, Corrupt)), opened_model(home, name):
        raise AssertionError("opened")


def test_a_folder_that_is_no_model_and_a_damaged_one_are_refused(home: Path) -> None:
    with pytest.raises(NotFound, match="not a model"), opened_model(home, str(home)):
        raise AssertionError("opened")
    (home / "models" / "m-1" / "exports" / "onnx" / "model.onnx").write_bytes(b"x")
    model = str(home / "models" / "m-1")
    with pytest.raises(Corrupt, match=r"model\.onnx"), opened_model(home, model):
        raise AssertionError("opened")


def write_zip(path: Path, source: Path, names: list[str], extra: dict[str, bytes]) -> Path:
    """A ZIP of `source` whose manifest names `names` too; `extra` are further members."""
    manifest = json.loads((source / "manifest.json").read_text())
    manifest["files"] |= dict.fromkeys(names, "0" * 64)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.write(source / "exports/onnx/model.onnx", "exports/onnx/model.onnx")
        for name, content in extra.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "a/../../evil", "..\\evil", "a\\..\\..\\evil", ""]
)
def test_a_zip_writes_nothing_outside(home: Path, tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "m.zip", home / "models" / "m-1", [name], {name or "x": b"evil"})
    target = tmp_path / "deep" / "er"
    target.mkdir(parents=True)
    with pytest.raises(Corrupt, match="no file of a model"):
        unpack(path, target)
    assert not list(tmp_path.rglob("evil")) and not Path("/tmp/evil").exists()


def test_members_that_the_manifest_does_not_name_are_left_out(home: Path, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "m.zip", home / "models" / "m-1", [], {"../evil": b"x", "y": b"y"})
    target = tmp_path / "target"
    target.mkdir()
    unpack(path, target)
    found = sorted(str(p.relative_to(target)) for p in target.rglob("*") if p.is_file())
    assert found == ["exports/onnx/model.onnx", "manifest.json"]


def test_a_link_is_written_as_a_plain_file(home: Path, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "m.zip", home / "models" / "m-1", ["link"], {})
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    target = tmp_path / "target"
    target.mkdir()
    unpack(path, target)
    assert not (target / "link").is_symlink()
    assert (target / "link").read_text() == "/etc/passwd"


def test_a_bomb_is_stopped_by_what_comes_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_source, "LARGEST_MODEL", 1 << 20)
    path = write_zip(tmp_path / "m.zip", home / "models" / "m-1", ["big"], {"big": bytes(9 << 20)})
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(Corrupt, match="more than a model may hold"):
        unpack(path, target)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_model_zip_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.zip"
    path.write_bytes(content)
    with pytest.raises(Corrupt, match="Name the ZIP"), opened_model(home, str(path)):
        raise AssertionError("opened")
