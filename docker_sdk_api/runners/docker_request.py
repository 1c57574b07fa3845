"""The request for a job's container, as plain data in the words of Docker's API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docker_sdk_api.runners.base import Assignment
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_labels import container_name, job_labels
from docker_sdk_api.runners.docker_mounts import Mount, job_mounts
from training_api.spec.directory import JobDirectory
from training_api.spec.installation import OUTSIDE_COMMAND, command_word
from training_api.spec.job import JobSpec, Resources

Request = dict[str, Any]
"""`{"name": …, "config": the body of POST /containers/create}`."""

_GIB = 1 << 30
_SHM = 2 * _GIB
_SCRATCH = 2 * _GIB
_PIDS = 4096
_CPU_SHARES = 256  # of 1024: the service and its pages come first, as beside a nice process
_STOP_MARGIN = 15.0  # seconds that an agent gets beyond its worker's grace
_PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
_MIRROR = "SEGSMITH_WEIGHTS_MIRROR"


@dataclass(frozen=True)
class Surroundings:
    """What holds for all containers of an installation. `memory` is the machine's, in bytes."""

    installation: str
    user: str  # uid:gid of the data's owner
    memory: int
    network: str  # of jobs that may reach one


def job_request(assignment: Assignment, image: JobImage, around: Surroundings) -> Request:
    """What is sent for an attempt whose launch.json is written."""
    directory = JobDirectory(assignment.directory.resolve())
    launch, kind = assignment.files.launch(), directory.kind()
    gpus = [device for device in assignment.devices if device != "cpu"]
    host = _host(_resources(directory), around, job_mounts(directory, launch, kind), gpus)
    host["NetworkMode"] = around.network if kind.online else "none"
    config = {
        "Image": image.reference,
        "Entrypoint": [*image.command],
        "Cmd": [str(directory.path), str(assignment.attempt)],
        "User": around.user,
        "WorkingDir": str(directory.path),
        "Hostname": assignment.job_id[:63],
        "Env": _environment(gpus, os.environ, online=kind.online),
        "Labels": job_labels(around.installation, assignment.job_id, assignment.attempt),
        "StopTimeout": int(launch.stop_grace_seconds + _STOP_MARGIN),
        "HostConfig": host,
    }
    name = container_name(around.installation, assignment.job_id, assignment.attempt)
    return {"name": name, "config": config}


def locked_down(mounts: list[Mount], memory: int) -> dict[str, Any]:
    """The HostConfig of a container that can do nothing but compute in its mounts."""
    return {
        "Mounts": mounts,
        "NetworkMode": "none",
        "IpcMode": "private",
        "Privileged": False,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={min(_SCRATCH, memory)}"},
        "Init": True,
        "AutoRemove": False,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "PidsLimit": _PIDS,
        "Memory": memory,
        "MemorySwap": memory,  # as much as Memory: no swap
        "CpuShares": _CPU_SHARES,
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}},
    }


def _host(
    resources: Resources, around: Surroundings, mounts: list[Mount], gpus: list[str]
) -> dict[str, Any]:
    memory = min(around.memory, _bytes(resources.memory) or around.memory)
    shm = min(around.memory, _bytes(resources.shm) or _SHM)
    devices = [{"Driver": "", "DeviceIDs": gpus, "Capabilities": [["gpu", "compute", "utility"]]}]
    host = locked_down(mounts, memory)
    return host | {"ShmSize": shm, "DeviceRequests": devices if gpus else []}


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else int(gigabytes * 1e9)


def _resources(directory: JobDirectory) -> Resources:
    """The spec's; a kind of job without them may use what the machine has."""
    spec = directory.any_spec()
    return spec.resources if isinstance(spec, JobSpec) else Resources()


def _environment(gpus: list[str], service: Mapping[str, str], *, online: bool) -> list[str]:
    """`NAME=value` of all that a job is told; of the service's own proxies and mirror if it is
    `online`.
    """
    values = {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(gpus),
        "HOME": "/tmp",
        "NVIDIA_VISIBLE_DEVICES": ",".join(gpus) or "void",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",  # the working folder is no place to import from
        "PYTHONUNBUFFERED": "1",
        OUTSIDE_COMMAND: command_word(),  # people type it outside of the container
    }
    names = [_MIRROR, *_PASSED_ON, *(name.lower() for name in _PASSED_ON)] if online else []
    values |= {name: service[name] for name in names if service.get(name)}
    return sorted(f"{name}={value}" for name, value in values.items())
