"""Weights that an image brings, from a host of this machine."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import free_port
from tests.file_server import Cut, Host, serving
from tests.unit.training_api.fetch_jobs import PAUSES, published, safetensors, sha256
from training_api.download import NoConnection
from training_api.preload import main, preload
from training_api.spec.files import write_json
from training_api.weights.cache import WeightsCache, WrongDigest
from training_api.weights.hosts import MIRROR
from training_api.weights.registry import weight_file

ROOT = Path(__file__).parents[3]
CONTENT = safetensors()
SMP = weight_file("huggingface:smp-resnet18")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    files = {"huggingface/net.safetensors": CONTENT, f"huggingface/{SMP.path}": CONTENT}
    with serving(Host(files)) as host:
        monkeypatch.setenv(MIRROR, host.url)
        yield host


def networks(folder: Path) -> Path:
    path = folder / "networks.json"
    write_json(path, {"select_all": False, SMP.id: True})
    return path


def test_the_selected_files_lie_as_in_a_cache(
    tmp_path: Path, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host.headers["X-Linked-Etag"] = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    folder = tmp_path / "seed"
    assert main(["mid", str(folder), "--networks", str(networks(tmp_path))]) == 0
    assert [path.name for path in folder.iterdir()] == ["huggingface"]
    record, path = WeightsCache(folder).verified(SMP)
    assert path.read_bytes() == CONTENT and record.checked == str(sha256(CONTENT))
    told = capsys.readouterr().out
    assert f"1 of 1: {SMP.id}" in told and SMP.licence in told and "100 %" in told
    assert main(["mid", str(folder), "--networks", str(networks(tmp_path))]) == 0
    assert len(host.requests) == 1


def test_light_brings_nothing_and_asks_no_host(tmp_path: Path, host: Host) -> None:
    assert main(["light", str(tmp_path / "seed")]) == 0
    assert [*(tmp_path / "seed").iterdir()] == [] and host.requests == []


def test_a_cut_connection_goes_on_where_it_broke_off(tmp_path: Path, host: Host) -> None:
    host.conducts = [Cut(50_000), None]
    file = published(CONTENT)
    preload((file,), tmp_path / "seed", PAUSES)
    assert host.requests == [None, "bytes=50000-"]
    assert WeightsCache(tmp_path / "seed").verified(file)[1].read_bytes() == CONTENT


def test_another_file_than_the_published_one_ends_the_build(tmp_path: Path, host: Host) -> None:
    with pytest.raises(WrongDigest, match="SHA256"):
        preload((published(b"others"),), tmp_path / "seed", PAUSES)


def test_a_pickled_file_is_kept_as_converted_alone(
    tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = published(CONTENT, path="net.safetensors", file="net.pth")
    monkeypatch.setattr("training_api.fetching.required_engine_python", lambda engine: Path())
    monkeypatch.setattr(
        "training_api.fetching.convert", lambda source, target: target.write_bytes(b"tensors")
    )
    preload((file,), tmp_path / "seed", PAUSES)
    cache = WeightsCache(tmp_path / "seed")
    assert cache.verified(file)[1].read_bytes() == b"tensors"
    assert not (cache.folder(file) / "net.pth").exists()


def test_without_a_connection_the_build_ends_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NoConnection, match="HTTPS_PROXY"):
        preload((published(CONTENT),), tmp_path / "seed", ())


def test_a_wrong_name_ends_the_build_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "networks.json"
    path.write_text(json.dumps({"resnet": True}))
    assert main(["mid", str(tmp_path / "seed"), "--networks", str(path)]) == 1
    told = capsys.readouterr().err
    assert "could not be brought into the image" in told and "'resnet'" in told


NEEDED = ("__init__.py", "preload.py", "fetching.py", "download.py", "partial_file.py")


def test_the_files_that_an_image_copies_for_it_are_enough(tmp_path: Path) -> None:
    """An image's weights are fetched again only when these change (docs/weights.md)."""
    package = tmp_path / "training_api"
    package.mkdir()
    for name in (*NEEDED, "spec", "weights", "assets"):
        (package / name).symlink_to(ROOT / "training_api" / name)
        assert f"training_api/{name}" in (ROOT / "docs" / "weights.md").read_text()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "training_api.preload", "light", str(tmp_path / "seed")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
