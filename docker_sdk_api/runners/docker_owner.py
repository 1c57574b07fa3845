"""The user of job containers, who owns the data: what they write to is theirs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from docker_sdk_api.runners.base import StartFailed
from docker_sdk_api.runners.docker_mounts import Mount

_OWNER, _GROUP, _OTHERS = 0o300, 0o030, 0o003


def hand_over(mounts: Sequence[Mount], user: str) -> None:
    """Make what a container writes to its user's (`uid:gid`), where we are root and that is not.

    Raises StartFailed for a folder that the user cannot write to even so.
    """
    uid, gid = (int(part) for part in user.split(":"))
    written = [Path(mount["Target"]) for mount in mounts if not mount["ReadOnly"]]
    for folder in (path for path in written if path.exists()):  # Docker names what is not there
        if os.geteuid() == 0 and uid != 0:
            for path in _tree(folder):
                _give(path, uid, gid)
        if not _may_write(folder, uid, gid):
            raise StartFailed(
                f"Jobs run as {user}, the owner of the data, who cannot write to {folder}. Give it "
                f"to that user (`chown -R {user} {folder}`), and resume the job."
            )


def _tree(folder: Path) -> Iterator[str]:
    for parent, _, files in os.walk(folder):
        yield parent
        yield from (os.path.join(parent, name) for name in files)


def _give(path: str, uid: int, gid: int) -> None:
    """Another owner's only; a file may vanish meanwhile, and root may lack the right."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if os.lstat(path).st_uid != uid:
            os.chown(path, uid, gid, follow_symlinks=False)


def _may_write(folder: Path, uid: int, gid: int) -> bool:
    if uid == os.geteuid():
        return os.access(folder, os.W_OK | os.X_OK)
    if uid == 0:
        return True
    state = folder.stat()
    needed = _OWNER if state.st_uid == uid else _GROUP if state.st_gid == gid else _OTHERS
    return state.st_mode & needed == needed
