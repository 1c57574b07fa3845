"""Where set-up puts jobs and models: in a folder of the machine, or in a volume of Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docker_engine import DockerEngine
from tests.set_up import SetUp, mounts

HOME = "/data/segsmith"
IMAGES_ACCOUNT = ("10001", "10001")
NOT_THE_OLD = "The access token is another one than before"


@pytest.fixture
def set_up(docker_engine: DockerEngine, tmp_path: Path) -> SetUp:
    return SetUp(docker_engine, tmp_path)


def test_a_volume_takes_the_place_of_the_folder(set_up: SetUp) -> None:
    done = set_up.run("--yes", "--data", "volume:lab.data", "--port", set_up.port)
    assert done.returncode == 0, done.stderr
    run = set_up.settings("run")
    assert (run["SEGSMITH_UID"], run["SEGSMITH_GID"]) == IMAGES_ACCOUNT
    composed = set_up.configuration("run/run_cpu.yml")
    assert composed["volumes"]["data"]["name"] == "lab.data"
    token = set_up.clone / "run" / "access" / "token"
    seen = {name: mounts(part) for name, part in composed["services"].items()}
    assert f"data:{HOME}:rw" in seen["docker_sdk_api"]
    assert f"data:{HOME}:ro" in seen["inference_api"]
    assert seen["gui"] == {f"{token}:/run/segsmith/token:ro"}
    assert all(seen["gui"] < seen[part] for part in ("docker_sdk_api", "inference_api"))
    assert "Its data are in volume:lab.data" in done.stdout and f"cat '{token}'" in done.stdout
    # The images' account, which is not ours, reads the file; nobody here gets to it but its owner.
    assert [path.stat().st_mode & 0o777 for path in (token.parent, token)] == [0o700, 0o644]
    assert token.stat().st_uid == set_up.clone.stat().st_uid


def test_another_place_leaves_the_old_one_alone_and_says_so(set_up: SetUp) -> None:
    assert "stay there" not in set_up.quick().stdout
    token = (set_up.data / "token").read_text()
    unused = set_up.run("--yes", "--data", set_up.data.with_name("elsewhere"))
    assert unused.returncode == 0 and "stay there" not in unused.stdout, "nothing ran there"
    assert set_up.quick().returncode == 0
    (set_up.data / "jobs").mkdir()
    moved = set_up.run(answers=f"\nvolume:lab\n\n127.0.0.1\n{set_up.port}\n\n\n")
    assert moved.returncode == 0, moved.stderr
    assert f"[{set_up.data}]" in moved.stderr
    assert f"that are in {set_up.data} stay there" in moved.stdout
    assert "Before `up -d`: stop jobs that run" in moved.stdout
    assert "1. Build the images, unless they are built" in moved.stdout
    in_volume = set_up.settings("run")
    again = set_up.run(answers="")
    assert again.returncode == 0 and "[volume:lab]" in again.stderr
    assert "stay there" not in again.stdout and set_up.settings("run") == in_volume
    back = set_up.quick()
    assert "that are in volume:lab stay there" in back.stdout
    assert set_up.settings("run")["SEGSMITH_DATA"] == str(set_up.data)
    assert (set_up.data / "token").read_text() == token


def test_another_place_keeps_the_token_unless_it_has_its_own(set_up: SetUp) -> None:
    in_volume = ("--yes", "--data", "volume:lab", "--port", set_up.port)
    assert set_up.run(*in_volume).returncode == 0
    token = (set_up.clone / "run" / "access" / "token").read_text()
    carried = set_up.quick()
    assert (set_up.data / "token").read_text() == token and NOT_THE_OLD not in carried.stdout
    (set_up.data / "token").write_text("of-another-server")
    changed = set_up.run(*in_volume)
    assert changed.returncode == 0 and NOT_THE_OLD in changed.stdout
    assert (set_up.clone / "run" / "access" / "token").read_text() == token
    assert NOT_THE_OLD not in set_up.run("--yes").stdout, "it is the one of the run before"


@pytest.mark.parametrize("place", ["volume:", "volume:x", "volume:a/b", "/srv/a:b"])
def test_what_is_neither_is_told(set_up: SetUp, place: str) -> None:
    done = set_up.run("--yes", "--data", place)
    assert (done.returncode, "does not fit" in done.stderr) == (2, True), done.stderr
    assert not (set_up.clone / "run" / ".env").exists()


def test_the_images_account_must_be_able_to_read_datasets(set_up: SetUp, tmp_path: Path) -> None:
    (shut := tmp_path / "shut").mkdir(mode=0o700)
    words = ("--data", "volume:lab", "--datasets", shut, "--port", set_up.port)
    done = set_up.run("--yes", *words)
    assert os.getuid() != int(IMAGES_ACCOUNT[0])
    assert (done.returncode, f"chmod -R a+rX '{shut}'" in done.stderr) == (1, True), done.stderr
