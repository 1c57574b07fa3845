"""The proof that containers see our folders: one that reads what only we can have written."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docker_sdk_api.runners.base import StartFailed
from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_labels import probe_labels
from docker_sdk_api.runners.docker_mounts import HostPaths, Unproven, mount
from docker_sdk_api.runners.docker_request import Surroundings, locked_down

_SECONDS = 30.0
_SCRIPT = """
import fcntl, json, os, sys, time
folder, *roots = sys.argv[1:]
held = open(folder + "/lock", "w")
fcntl.flock(held, fcntl.LOCK_EX)
seen = {root: [os.stat(root).st_dev, os.stat(root).st_ino] for root in roots}
with open(folder + "/answer.part", "w") as file:
    json.dump({"nonce": open(folder + "/nonce").read(), "roots": seen}, file)
os.rename(folder + "/answer.part", folder + "/answer")
end = time.monotonic() + 60
while os.path.exists(folder + "/nonce") and time.monotonic() < end:
    time.sleep(0.01)
"""
_OLD_SECONDS = 120.0
"""After which nobody waits for a probe any more."""


def prove(
    daemon: Daemon,
    image: JobImage,
    around: Surroundings,
    paths: HostPaths,
    home: Path,
    roots: Sequence[Path],
) -> None:
    """Run a container that reads from and writes to `home` and sees the dataset `roots`.

    It also holds a lock there that must be visible here. Raises Unproven with the remedy, or
    Unanswered. Blocking.
    """
    _remove_old(daemon, around.installation, home)
    folder = home.resolve() / f".probe-{secrets.token_hex(6)}"
    nonce = secrets.token_hex(16)
    try:
        folder.mkdir()
        (folder / "nonce").write_text(nonce)
        os.chown(folder, *(int(part) for part in around.user.split(":")))
        seen = [root.resolve() for root in roots if root.is_dir()]
        with_answer(daemon, _request(image, around, paths, folder, seen), folder, nonce, seen)
    except OSError as error:
        raise Unproven(f"{home} cannot be prepared for containers: {error.strerror}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_old(daemon: Daemon, installation: str, home: Path) -> None:
    """What probes left behind whose service was killed; those of now may be another process's."""
    before = time.time() - _OLD_SECONDS
    for container in daemon.containers(probe_labels(installation)):
        if container["Created"] < before:
            daemon.remove(container["Id"])
    for folder in home.glob(".probe-*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


def _request(
    image: JobImage, around: Surroundings, paths: HostPaths, folder: Path, roots: list[Path]
) -> dict[str, Any]:
    mounts = [mount(folder, writable=True), *(mount(root) for root in roots)]
    host = locked_down(paths.placed(mounts), around.memory)
    config = {
        "Image": image.reference,
        "Entrypoint": [image.python, "-c", _SCRIPT],
        "Cmd": [str(folder), *map(str, roots)],
        "User": around.user,
        "Labels": probe_labels(around.installation),
        "HostConfig": host,
    }
    return {"name": f"segsmith-{around.installation[:12]}-{folder.name[1:]}", "config": config}


def with_answer(
    daemon: Daemon, request: dict[str, Any], folder: Path, nonce: str, roots: list[Path]
) -> None:
    """Send the request and judge what comes back."""
    container = None
    try:
        container = daemon.create(request)
        daemon.start(container)
        answer = _awaited(daemon, container, folder)
        _judge(answer, folder, nonce, roots)
    except StartFailed as error:
        raise Unproven(_unseen(folder.parent, error.message)) from error
    finally:
        (folder / "nonce").unlink(missing_ok=True)
        if container is not None:
            daemon.remove(container)


def _awaited(daemon: Daemon, container: str, folder: Path) -> dict[str, Any]:
    answer, deadline = folder / "answer", time.monotonic() + _SECONDS
    while not answer.exists():
        state = daemon.inspected(container)
        if state is None or not state["State"]["Running"] or time.monotonic() > deadline:
            if answer.exists():
                break
            last = (daemon.logs(container, 1) or ["it said nothing"])[-1]
            raise Unproven(_unseen(folder.parent, last))
        time.sleep(0.02)
    return dict(json.loads(answer.read_text()))


def _judge(answer: dict[str, Any], folder: Path, nonce: str, roots: list[Path]) -> None:
    if answer["nonce"] != nonce:
        raise Unproven(_unseen(folder.parent, "it read something else there"))
    for root in roots:
        here = root.stat()
        if answer["roots"].get(str(root)) != [here.st_dev, here.st_ino]:
            raise Unproven(_unseen(root, "it found another folder there"))
    with (folder / "lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise Unproven(
        f"A file lock of a container is not seen in {folder.parent}: this filesystem does not "
        "share locks. Keep the home on a local disk of the machine that runs Docker."
    )


def _unseen(folder: Path, said: str) -> str:
    return (
        f"A container on this Docker daemon does not see {folder} as it is here ({said}). The "
        "daemon must run on this machine, and the folder must be mounted from the host."
    )
