"""setup_solution_parameters.sh as users call it, in copies of the clone, beside a real engine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from console import ROOT

from tests.docker_engine import DockerEngine
from tests.set_up import SetUp, mounts, refused, stub

TOKEN_LENGTH = 48
PARTS = ("gui", "docker_sdk_api", "inference_api")


@pytest.fixture
def set_up(docker_engine: DockerEngine, tmp_path: Path) -> SetUp:
    return SetUp(docker_engine, tmp_path)


def test_it_writes_what_compose_reads(set_up: SetUp) -> None:
    done = set_up.quick("--proxy", "http://proxy.lan:3128", "--no-proxy", "mirror.lan")
    assert done.returncode == 0, done.stderr
    assert "builds and containers do not" not in done.stderr
    run = set_up.settings("run")
    assert (run["SEGSMITH_DATA"], run["SEGSMITH_PORT"]) == (str(set_up.data), str(set_up.port))
    assert int(run["SEGSMITH_UID"]) > 0 and int(run["SEGSMITH_GID"]) > 0
    engine_socket = Path(run["SEGSMITH_DOCKER_SOCKET"])
    assert int(run["DOCKER_GID"]) == engine_socket.stat().st_gid
    for part in ("build", "run"):
        settings = set_up.settings(part)
        assert settings["HTTPS_PROXY"] == settings["HTTP_PROXY"] == "http://proxy.lan:3128"
        assert {"mirror.lan", "localhost", *PARTS} <= set(settings["NO_PROXY"].split(","))
        assert (set_up.clone / part / ".env").stat().st_mode & 0o777 == 0o600
    parts = set_up.composed("run/run_cpu.yml")
    orchestration = parts["docker_sdk_api"]
    sources = {mount.rsplit(":", 2)[0] for mount in mounts(orchestration)}
    assert {str(set_up.data), f"{set_up.data}/token", f"{set_up.clone}/datasets"} <= sources
    models = f"{set_up.data}/models:/data/segsmith/models:ro"
    assert models in mounts(parts["inference_api"]), "and nothing else of the data"
    assert orchestration["user"] == f"{run['SEGSMITH_UID']}:{run['SEGSMITH_GID']}"
    assert orchestration["environment"]["HTTPS_PROXY"] == "http://proxy.lan:3128"
    build = set_up.composed("build/build_cpu.yml")["gui"]["build"]
    assert build["args"]["HTTPS_PROXY"] == "http://proxy.lan:3128"


def test_the_data_folder_is_of_no_root_and_the_token_of_nobody_else(set_up: SetUp) -> None:
    done = set_up.quick(SUDO_UID="1234", SUDO_GID="1235")
    expected = (1234, 1235) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    token = set_up.data / "token"
    for path in (set_up.data, set_up.data / "models", token):
        assert (path.stat().st_uid, path.stat().st_gid) == expected
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text().strip()) == TOKEN_LENGTH
    assert f"cat '{token}'" in done.stdout and token.read_text() not in done.stdout + done.stderr


def test_a_second_run_keeps_token_answers_and_own_lines(set_up: SetUp) -> None:
    assert set_up.quick("--bind", "127.0.0.1", "--weights", "mid").returncode == 0
    token = (set_up.data / "token").read_text()
    with (set_up.clone / "run" / ".env").open("a") as file:
        file.write("SEGSMITH_CPU_SLOTS=3\n")
    before = [set_up.settings(part) for part in ("build", "run")]
    assert set_up.run("--yes").returncode == 0
    assert [set_up.settings(part) for part in ("build", "run")] == before
    assert before[1]["SEGSMITH_CPU_SLOTS"] == "3" and before[0]["SEGSMITH_WEIGHTS"] == "mid"
    assert (set_up.data / "token").read_text() == token
    assert set_up.run("--yes", "--arch", "cpu_mkl").returncode == 0
    assert set_up.settings("run")["SEGSMITH_ARCH"] == "cpu_mkl"


def test_questions_show_what_enter_keeps(set_up: SetUp) -> None:
    answers = f"cpu_mkl\n{set_up.data}\n\n127.0.0.1\n{set_up.port}\nhttps://lab.example/seg\n-\n"
    done = set_up.run(answers=answers)
    assert done.returncode == 0, done.stderr
    assert f"[{set_up.clone}/datasets]" in done.stderr
    assert "build/build_cpu_mkl.yml build" in done.stdout
    assert "Open https://lab.example/seg" in done.stdout
    again = set_up.run(answers="")
    assert again.returncode == 0 and f"[{set_up.port}]" in again.stderr
    settings = set_up.settings("run")
    assert settings["SEGSMITH_PUBLIC_URL"] == "https://lab.example/seg"
    assert settings["SEGSMITH_NAMES"] == ""
    assert set_up.run("--yes", "--public-url", "", "--bind", "0.0.0.0").returncode == 0
    assert set_up.settings("run")["SEGSMITH_PUBLIC_URL"] == ""
    assert os.uname().nodename in set_up.settings("run")["SEGSMITH_NAMES"].split()


def test_a_dash_is_none_for_flags_too(set_up: SetUp) -> None:
    proxied = ("--proxy", "http://proxy.lan:3128", "--no-proxy", "mirror.lan")
    assert set_up.quick("--public-url", "https://lab.example", *proxied).returncode == 0
    done = set_up.quick("--public-url", "-", "--proxy", "-", "--no-proxy", "-")
    assert done.returncode == 0, done.stderr
    for name in ("SEGSMITH_PUBLIC_URL", "HTTPS_PROXY", "NO_PROXY", "SEGSMITH_NO_PROXY"):
        assert set_up.settings("run")[name] == "", name
    assert set_up.run("--help").stdout.count("- for none") == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--arch", "tpu"), "Choose cpu, cpu_mkl, gpu or gpu_mkl"),
        (("--port", "0"), "from 1 to 65535"),
        (("--port", "65536"), "from 1 to 65535"),
        (("--port",), "--port needs a value"),
        (("--bind", "lan"), "IPv4 address"),
        (("--public-url", "lab.example"), "Write it as https://"),
        (("--proxy", "proxy:3128"), "Write it as http://"),
        (("--no-proxy", "it's"), "cannot be written into .env files"),
        (("--data", "/tmp/it's"), "cannot be written into .env files"),
        (("--data", "/tmp/$HOME"), "cannot be written into .env files"),
        (("--weights", "all"), "Choose light, mid or heavy"),
        (("--project", "Seg Smith"), "small letters"),
        (("--force",), "There is no option --force"),
    ],
)
def test_a_bad_flag_is_named(set_up: SetUp, words: tuple[str, ...], sentence: str) -> None:
    assert refused(set_up.run("--yes", *words), sentence)
    assert not (set_up.clone / "run" / ".env").exists()


def test_folders_that_do_not_fit_are_told(set_up: SetUp, tmp_path: Path) -> None:
    assert refused(set_up.quick("--datasets", tmp_path / "none"), "Create it: mkdir -p", 1)
    (tmp_path / "file").write_text("")
    done = set_up.run("--yes", "--data", tmp_path / "file" / "data", "--port", set_up.port)
    assert refused(done, "cannot be created", 1)
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700 if os.geteuid() == 0 else 0o000)
    assert refused(set_up.quick("--datasets", shut), f"chmod -R a+rX '{shut}'", 1)
    shut.chmod(0o700)


def test_only_the_owner_of_the_data_can_read_the_token_and_so_may_set_up(
    set_up: SetUp, tmp_path: Path
) -> None:
    set_up.data.mkdir(mode=0o777)
    if os.geteuid() == 0:
        os.chown(set_up.data, 1234, 1234)
    owner = set_up.data.stat().st_uid
    script = f'[ "$1" != -u ] || {{ echo {owner + 1}; exit; }}\nexec {shutil.which("id")} "$@"'
    stub(tmp_path, "id", script)
    done = set_up.quick(PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert refused(done, f"belongs to the account {owner}", 1)
    assert "with sudo" in done.stderr
    assert not list(set_up.data.iterdir()) and not (set_up.clone / "run" / ".env").exists()


def test_help_names_every_flag(set_up: SetUp) -> None:
    done = set_up.run("--help")
    assert done.returncode == 0
    script = (ROOT / "setup_solution_parameters.sh").read_text()
    flags = script.split("case $1 in", 1)[1].split(")", 1)[0].replace("|", " ").split()
    assert flags and all(f"  {flag} " in done.stdout for flag in flags)
