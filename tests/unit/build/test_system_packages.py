"""What is asked of the system's package manager, and what is said without root."""

from __future__ import annotations

import pytest
import system_packages
from console import SetupError


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A PATH of our own; returns a function that puts a script on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system_packages, "LOGS", system_packages.ROOT / ".setup" / "test")

    def put(name: str, body: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    put.folder = tmp_path
    return put


def test_without_root_the_command_is_named(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tools("sudo", "exit 1")
    with pytest.raises(SetupError, match=r"please run `sudo apt-get install chromium` and"):
        system_packages.require_chromium()


def test_sudo_without_a_password_is_used(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tools("sudo", "exit 0")
    assert system_packages.as_root() == [str(tools.folder / "sudo"), "-n"]


def test_chromium_is_installed_when_missing(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    chromium = tools.folder / "chromium"
    script = f"printf '#!/bin/sh\\nexit 0\\n' > {chromium}; /bin/chmod +x {chromium}"
    tools("env", 'shift; exec "$@"')
    tools("apt-get", f'[ "$2" = install ] || exit 0; {script}')
    assert system_packages.require_chromium() == str(chromium)


def test_an_installation_that_fails_names_its_log(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    tools("env", "exit 100")
    tools("apt-get", "exit 100")
    with pytest.raises(SetupError, match=r"failed; its output is in .*apt\.log"):
        system_packages.install(["chromium"], "The browser tests need Chromium")


def test_a_browser_that_does_not_start_is_passed_over(tools):
    tools("chromium", "exit 127")
    tools("google-chrome", "exit 0")
    assert system_packages.chromium() == str(tools.folder / "google-chrome")


def test_only_libraries_that_cannot_be_loaded_are_installed(monkeypatch):
    asked = []
    monkeypatch.setattr(system_packages, "install", lambda packages, why: asked.append(packages))
    system_packages.require_libraries({"libc.so.6": "libc6", "libnone.so.7": "libnone7"}, "x")
    assert asked == [["libnone7"]]


def test_a_docker_that_answers_is_used_as_it_is(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    tools("docker", "exit 0")
    tools("apt-get", "exit 100")
    system_packages.require_docker()
    assert system_packages.compose_command() == ["docker", "compose"]


def test_compose_alone_is_installed_beside_a_docker_without_it(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    tools("docker", '[ "$1" = info ]')
    asked = tools.folder / "asked"
    tools("env", 'shift; exec "$@"')
    tools("apt-get", f'echo "$@" >> {asked}')
    system_packages.require_docker()
    assert asked.read_text().splitlines()[-1].endswith("--no-install-recommends docker-compose")


def test_only_what_is_missing_of_an_engine_is_installed(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    tools("docker", "exit 1")
    for name in ("dockerd", "iptables"):
        tools(name, "exit 0")
    asked = tools.folder / "asked"
    tools("env", 'shift; exec "$@"')
    tools("apt-get", f'echo "$@" >> {asked}')
    system_packages.require_docker()
    assert asked.read_text().splitlines()[-1].endswith("recommends debootstrap docker-compose")


def test_without_an_engine_and_root_the_remedy_is_named(tools, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match=r"none answers here, and starting one takes root's"):
        system_packages.require_docker()
