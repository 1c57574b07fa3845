"""The base of the tests' images: the published one, or Debian made here where no registry answers.

What the made one holds beside Debian (certificates, pip's configuration and wheel folders of this
machine) is what lets `pip install` work inside `docker build`; it belongs to the tests alone.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from console import LOGS

from tests.apt_sources import Release, own_release
from tests.docker_engine import KEPT, DockerEngine

PUBLISHED = "python:3.11-slim-bookworm"
PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
CERTIFICATES = Path("/etc/ssl")


@pytest.fixture(scope="session")
def docker_base(docker_engine: DockerEngine) -> str:
    """The name of an image with Python and pip, to hand over as BASE_IMAGE."""
    if docker_engine.has_image(PUBLISHED):
        return PUBLISHED
    settings = pip_settings()
    name = f"segsmith-test-base:{fingerprint(settings)}"
    if docker_engine.has_image(name):
        return name
    if "Downloaded" in docker_engine.docker("pull", PUBLISHED, check=False):
        return PUBLISHED
    tar = KEPT / f"base-{name.rpartition(':')[2]}.tar"
    if not tar.exists():
        make(own_release(), settings, tar)
    docker_engine.docker("import", str(tar), name)
    return name


def pip_settings() -> dict[str, str]:
    """What configures pip here, files first and PIP_* after, by option; other folders' left out.

    Indexes that are folders of this machine are not taken along: they are too large.
    """
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pairs = [line.partition("=") for line in listed.splitlines() if "=" in line]
    pairs.sort(key=lambda pair: pair[0].startswith(":env:"))
    settings = {name.rpartition(".")[2]: ast.literal_eval(value) for name, _, value in pairs}
    return {name: value for name, value in settings.items() if "file:" not in value}


def wheel_folders(settings: dict[str, str]) -> list[Path]:
    """The folders of wheels that pip is told of."""
    named = [Path(entry) for entry in settings.get("find-links", "").split()]
    return [folder for folder in named if folder.is_absolute() and folder.is_dir()]


def fingerprint(settings: dict[str, str]) -> str:
    """A hash over all that the base image is made of."""
    files = [f for folder in wheel_folders(settings) for f in sorted(folder.glob("*.whl"))]
    bundle = CERTIFICATES / "certs" / "ca-certificates.crt"
    parts = {
        "made_by": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "packages": PACKAGES,
        "release": Path("/etc/os-release").read_text(),
        "settings": settings,
        "wheels": [(str(path), path.stat().st_size) for path in files],
        "certificates": bundle.read_text() if bundle.exists() else "",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def make(release: Release, settings: dict[str, str], tar: Path) -> None:
    """Fill `tar` with a Debian, Python, and this machine's way to packages."""
    tar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="segsmith-base-", dir=tar.parent) as folder:
        root = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
        command += [f"--components={','.join(release.components)}"]
        command += [f"--keyring={release.keyring}"] if release.keyring else []
        _run([*command, release.codename, str(root), release.address])
        shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
        for archive in (root / "var/cache/apt/archives").glob("*.deb"):
            archive.unlink()
        take_along(settings, root)
        part = tar.with_suffix(".part")
        _run(["tar", "-C", str(root), "-cf", str(part), "."])
        part.rename(tar)


def take_along(settings: dict[str, str], root: Path) -> None:
    """Copy certificates, pip's settings and wheels into the root folder of an image.

    The folder's own certificates go first: as links they would lead out of it.
    """
    inside = root / CERTIFICATES.relative_to("/")
    shutil.rmtree(inside, ignore_errors=True)
    shutil.copytree(
        CERTIFICATES,
        inside,
        ignore=shutil.ignore_patterns("private"),
        ignore_dangling_symlinks=True,
    )
    lines = [f"{name} = {' '.join(value.split())}\n" for name, value in settings.items()]
    (root / "etc/pip.conf").write_text("".join(["[global]\n", *lines]))
    for wheels in wheel_folders(settings):
        shutil.copytree(wheels, root / wheels.relative_to("/"), dirs_exist_ok=True)


def _run(command: list[str]) -> None:
    log = LOGS / "docker-base.log"
    with log.open("ab") as out:
        code = subprocess.run(command, stdout=out, stderr=out).returncode
    if code != 0:
        pytest.fail(
            f"The base image of the Docker tests could not be made: `{command[0]}` failed, see "
            f"{log}. Repair it, or let this machine pull {PUBLISHED}.",
            pytrace=False,
        )
