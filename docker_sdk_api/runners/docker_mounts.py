"""What a job container sees: only its own folders, at the paths that the orchestrator uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import SegsmithError
from training_api.spec.kinds.base import Kind
from training_api.spec.launch import Launch

Mount = dict[str, Any]

_CONTAINER = re.compile(r"/containers/([0-9a-f]{64})/")
_OF_EVERY_CONTAINER = frozenset({"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})


class Unproven(SegsmithError):
    """Job containers would not see what they must see."""

    code = "unproven_paths"


def mount(path: str | Path, *, writable: bool = False) -> Mount:
    """A bind mount of `path` at the same path; a source that is missing is an error of Docker's."""
    return {"Type": "bind", "Source": str(path), "Target": str(path), "ReadOnly": not writable}


def job_mounts(directory: JobDirectory, launch: Launch, kind: Kind) -> list[Mount]:
    """Of an attempt. What is not there is left out: the worker names it in its own words.

    Written to are the job's directory, the models by a training, the weights by a download.
    """
    read = [launch.dataset_root, launch.dataset_manifest]
    if launch.initial_weights is not None:
        read.append(str(Path(launch.initial_weights.path).parent))
    written = [str(directory.path.resolve())]
    written += [launch.models_dir] if kind.makes_model else []
    written += [launch.weights_dir] if kind.online else []
    mounts = {path: mount(path) for path in read if path and Path(path).exists()}
    mounts |= {path: mount(path, writable=True) for path in written if path}
    return [mounts[path] for path in sorted(mounts)]


def own_container(mountinfo: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The id of the container that this process may be in, by what Docker mounts into each."""
    if not mountinfo.exists():
        return None
    for line in mountinfo.read_text().splitlines():
        source, target = line.split(" ")[3:5]  # proc(5): what is mounted, and where
        found = _CONTAINER.search(source)
        if found and target in _OF_EVERY_CONTAINER:  # a host shows other containers' mounts too
            return found[1]
    return None


@dataclass(frozen=True)
class HostPaths:
    """Where the daemon finds our paths: as they are, or, where we are in a container ourselves,
    in the sources of its mounts (`{target: source}`).
    """

    sources: dict[str, str] | None = None

    @classmethod
    def of_container(cls, container: dict[str, Any] | None) -> HostPaths:
        """By our own container as Docker describes it; None for none."""
        if container is None:
            return cls()
        return cls({entry["Destination"]: entry["Source"] for entry in container["Mounts"]})

    def source(self, path: str) -> str | None:
        """The host's path; None if no mount of ours holds it."""
        if self.sources is None:
            return path
        wanted = PurePosixPath(path)
        for parent in (wanted, *wanted.parents):
            if str(parent) in self.sources:
                return str(PurePosixPath(self.sources[str(parent)]) / wanted.relative_to(parent))
        return None

    def placed(self, mounts: list[Mount]) -> list[Mount]:
        """The mounts with the host's sources. Raises Unproven for a path that has none."""
        placed = []
        for entry in mounts:
            source = self.source(entry["Source"])
            if source is None:
                raise Unproven(
                    f"{entry['Source']} is in no mount of this service's container, so that jobs "
                    "would not see it. Mount a folder of the host there, as the compose files in "
                    "run/ do."
                )
            placed.append(entry | {"Source": source})
        return placed
