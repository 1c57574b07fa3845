"""What only the system's package manager can install: asked for when it is missing.

python build/system_packages.py        what the tests need beyond `make setup`
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import threading

from console import LOGS, ROOT, SetupError, finish, logged, say

# Command that the Docker tests call -> Debian package that brings it.
DOCKER = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "docker-compose": "docker-compose",
    "iptables": "iptables",
    "debootstrap": "debootstrap",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_apt = threading.Lock()


def as_root() -> list[str] | None:
    """The prefix that gives a command root's rights; None when there is no way."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def install(packages: list[str], why: str) -> None:
    """Install Debian packages; SetupError names the command when that is not allowed."""
    command = f"apt-get install {' '.join(packages)}"
    prefix = as_root()
    if prefix is None or shutil.which("apt-get") is None:
        raise SetupError(f"{why}; please run `sudo {command}` and start again.")
    say(f"system: {command}")
    log = LOGS / "apt.log"
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    with _apt:
        logged([*apt, "update"], log)
        code = logged([*apt, "install", "-y", "--no-install-recommends", *packages], log)
    if code != 0:
        raise SetupError(
            f"{why}, and `{command}` failed; its output is in {log.relative_to(ROOT)}. "
            "Repair the package manager and start again."
        )


def require_libraries(libraries: dict[str, str], why: str) -> None:
    """Install the packages of those shared libraries that cannot be loaded.

    `libraries` maps a soname to the Debian package that holds it.
    """
    missing = [package for soname, package in libraries.items() if not _loads(soname)]
    if missing:
        install(missing, why)


def chromium() -> str | None:
    """The path of a Chromium-like browser that starts, or None."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    return None


def require_chromium() -> str:
    """A working browser for the tests, installed if need be."""
    found = chromium()
    if found is None:
        install(["chromium"], "The browser tests need Chromium")
        found = chromium()
    if found is None:
        raise SetupError(
            "The browser tests need Chromium, and the package `chromium` of this system does not "
            "start; please install a Chromium or Google Chrome that `chromium --version` finds."
        )
    return found


def docker_answers() -> bool:
    """Whether the docker command is there and reaches an engine with these rights."""
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def compose_command() -> list[str] | None:
    """docker-compose, or the plugin of newer Docker installations; None if neither is there."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    try:
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ["docker", "compose"] if plugin.returncode == 0 else None


def require_docker() -> None:
    """What the Docker tests call. A Docker that answers is used as it is, never replaced."""
    if docker_answers():
        if compose_command() is None:
            install(["docker-compose"], "The Docker tests need docker-compose")
        return
    if os.geteuid() != 0:
        raise SetupError(
            "The Docker tests need a Docker Engine, none answers here, and starting one takes "
            "root's rights; please start Docker (`sudo systemctl start docker`), let this account "
            "use it (`sudo usermod -aG docker $USER`, then sign in anew) and start again."
        )
    missing = {package for command, package in DOCKER.items() if shutil.which(command) is None}
    if missing:
        install(sorted(missing), "The Docker tests need a Docker Engine")


def main() -> int:
    """Everything the tests need from the system; without Docker its tests alone fail."""
    require_chromium()
    try:
        require_docker()
    except SetupError as error:
        say(str(error))
    return 0


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    finish(main)
