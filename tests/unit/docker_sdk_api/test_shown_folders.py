"""In a container the folders are other than those of the server, which people know."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import httpx
import pytest

from docker_sdk_api.datasets.library import DatasetLibrary
from docker_sdk_api.home import Home
from docker_sdk_api.settings import Settings
from tests.unit.docker_sdk_api.at_hand import write_dataset
from training_api.spec.dataset import DatasetVersion
from training_api.spec.pool import ChildPool

TOLD = {
    "SEGSMITH_HOME_SHOWN": "/srv/x",
    "SEGSMITH_DATASETS_SHOWN": "/srv/x/datasets",
    "SEGSMITH_DATA_VOLUME": "",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SEGSMITH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SEGSMITH_DATASETS", str(tmp_path / "datasets"))
    return Settings.from_environment()


async def test_the_servers_folders_are_told_beside_the_containers(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    system = (await api.get("/system")).json()
    assert (system["home"], system["home_shown"]) == (str(tmp_path / "home"), "/srv/x")
    assert system["dataset_roots"] == [str(tmp_path / "datasets")]
    assert system["dataset_roots_shown"] == ["/srv/x/datasets"]


def test_a_volume_is_named_as_in_set_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.home_shown == "/srv/x"
    monkeypatch.setenv("SEGSMITH_DATA_VOLUME", "parts")
    assert Settings.from_environment().home_shown == "volume:parts"


def library(home: Path, *roots: Path) -> DatasetLibrary:
    """Of these roots; it reads no images here."""
    unused = cast(ChildPool, None)
    return DatasetLibrary(Home(home), roots, unused, unused)


def version_in(folder: Path, name: str) -> DatasetVersion:
    """A version that was read from `folder`."""
    return DatasetVersion.model_construct(root=str(folder), name=name)


def test_a_relative_root_makes_no_relative_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_dataset(tmp_path / "elsewhere" / "v7")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "screws").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    place = library(tmp_path / "home", Path("data")).place(version_in(folder, "screws"))
    assert place == tmp_path / "data" / "screws"


def test_a_link_to_itself_is_no_place(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "elsewhere" / "v7")
    (tmp_path / "screws").symlink_to(tmp_path / "screws")
    found = library(tmp_path / "home", tmp_path).place(version_in(folder, "screws"))
    assert found == folder


async def test_a_command_names_the_link_that_a_dataset_is_known_by(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    folder = write_dataset(tmp_path / "elsewhere" / "v7-final")
    (tmp_path / "datasets").mkdir(exist_ok=True)
    link = tmp_path / "datasets" / "screws"
    link.symlink_to(folder)
    version = (await api.post("/datasets/screws/check")).json()["version"]
    check = await api.post("/specs/check", json={"name": "x", "dataset": version, "preset": "fast"})
    assert f" train {link} --preset fast" in check.json()["as"]["cli"]
