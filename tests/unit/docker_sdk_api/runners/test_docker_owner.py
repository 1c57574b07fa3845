"""What a container writes to belongs to its user, also where the service is root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docker_sdk_api.runners.base import StartFailed
from docker_sdk_api.runners.docker_mounts import mount
from docker_sdk_api.runners.docker_owner import hand_over

UID, GID = os.geteuid() + 1000, os.getegid() + 1000


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, tuple[int, int]]:
    """Owners by path, as a service of root gives them; the files themselves stay as they are."""
    owners: dict[str, tuple[int, int]] = {}
    real = os.stat

    def chown(path: str, uid: int, gid: int, *, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        owners[str(Path(path).relative_to(tmp_path))] = (uid, gid)

    def stat(path: Path, **options: bool) -> os.stat_result:
        found = list(real(path, **options))
        name = str(Path(path).relative_to(tmp_path))
        found[4:6] = owners.get(name, found[4:6])
        return os.stat_result(found)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(Path, "stat", stat)
    return owners


def test_models_and_weights_are_handed_over_as_the_job_is(
    given: dict[str, tuple[int, int]], tmp_path: Path
) -> None:
    for name in ("jobs/one", "models", "weights/host", "datasets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "weights" / "host" / "part").write_text("")
    written = [mount(tmp_path / name, writable=True) for name in ("jobs/one", "models", "weights")]
    hand_over([*written, mount(tmp_path / "datasets")], f"{UID}:{GID}")
    assert {*given.values()} == {(UID, GID)}
    assert {*given} == {"jobs/one", "models", "weights", "weights/host", "weights/host/part"}


def test_nothing_is_handed_over_where_the_data_are_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "chown", None)
    hand_over([mount(tmp_path, writable=True)], f"{os.geteuid()}:{os.getegid()}")


def test_a_folder_that_the_user_cannot_write_to_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A service of another user than root cannot give it away."""
    monkeypatch.setattr(os, "geteuid", lambda: UID + 1)
    tmp_path.chmod(0o755)
    with pytest.raises(StartFailed, match=f"cannot write to {tmp_path}.*chown -R {UID}:{GID}"):
        hand_over([mount(tmp_path, writable=True)], f"{UID}:{GID}")
    hand_over([mount(tmp_path)], f"{UID}:{GID}")
    tmp_path.chmod(0o777)
    hand_over([mount(tmp_path, writable=True)], f"{UID}:{GID}")
