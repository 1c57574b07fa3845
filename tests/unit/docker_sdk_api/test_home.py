from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from docker_sdk_api.home import Home, HomeNotOurs, NotAHome


def test_a_folder_of_something_else_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # as /var has one
    (tmp_path / "spool").mkdir()
    with pytest.raises(NotAHome, match="Name another folder"), Home(tmp_path).locked():
        pass
    assert {entry.name for entry in tmp_path.iterdir()} == {"lock", "spool"}


def test_a_folder_of_another_account_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    account = os.geteuid()
    if account == 0:
        os.seteuid(account := 23456)
    try:
        with pytest.raises(HomeNotOurs, match=f"account {account}:.*may not write in {tmp_path}"):
            Home(tmp_path).locked().__enter__()
    finally:
        os.seteuid(os.getuid())
        tmp_path.chmod(0o700)


def test_a_folder_of_ours_that_root_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.create()
    home.models.chmod(0o500)
    monkeypatch.setattr(os, "access", lambda path, *_, **__: bool(path.stat().st_mode & 0o200))
    with pytest.raises(HomeNotOurs, match=f"may not write in {home.models}"):
        home.locked().__enter__()


@pytest.mark.parametrize("present", [[], ["models"], ["jobs", "notes.txt"]])
def test_an_empty_folder_and_one_of_ours_are(tmp_path: Path, present: list[str]) -> None:
    for name in present:
        (tmp_path / name).mkdir()
    with Home(tmp_path).locked():
        assert (tmp_path / "lock").is_file()


def test_a_check_before_the_first_start_leaves_the_folder_a_home(tmp_path: Path) -> None:
    first = Home(tmp_path).installation()
    with Home(tmp_path).locked():
        assert Home(tmp_path).installation() == first


def test_a_copied_home_is_another_installation(tmp_path: Path) -> None:
    first, copy = Home(tmp_path / "first"), Home(tmp_path / "copy")
    first.create()
    installation = first.installation()
    shutil.copytree(first.path, copy.path)
    assert copy.installation() != installation
    assert copy.installation() == copy.installation()
    assert first.installation() == installation


def test_a_home_that_is_renamed_stays_the_same_installation(tmp_path: Path) -> None:
    home = Home(tmp_path / "before")
    home.create()
    installation = home.installation()
    home.path.rename(tmp_path / "after")
    assert Home(tmp_path / "after").installation() == installation
