"""What an installation may set, by environment variable, with its defaults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from docker_sdk_api.version import VERSION
from training_api.spec.closed import Closed
from training_api.spec.installation import default_home

_REPOSITORY = Path(__file__).resolve().parent.parent


def default_dataset_roots() -> tuple[Path, ...]:
    """`datasets` in the working folder, else the one beside this package."""
    here = Path.cwd() / "datasets"
    return (here if here.is_dir() else _REPOSITORY / "datasets",)


def default_image(role: str) -> str:
    """Our image for `role`, of the architecture that SEGSMITH_ARCH names (cpu, gpu_mkl, …)."""
    return f"segsmith/{role}:{os.environ.get('SEGSMITH_ARCH') or 'cpu'}-{VERSION}"


class Settings(Closed):
    """Settings of one orchestrator. Times are in seconds, sizes in bytes."""

    home: Path = Field(default_factory=default_home)
    dataset_roots: tuple[Path, ...] = Field(default_factory=default_dataset_roots)
    home_shown: str | None = None  # what people call the home that a container has elsewhere
    datasets_shown: str | None = None  # likewise of its one folder of datasets
    public_url: str | None = None  # shown in the curl form of a spec; None: as it was asked
    needs_token: bool = False  # whether requests to it must carry one
    cpu_slots: int = Field(1, ge=1, le=64)  # CPU jobs that run at the same time
    nvidia_smi: str = "nvidia-smi"
    runner: Literal["local", "docker"] = "local"  # jobs as processes or as containers
    image_torch: str = Field(default_factory=lambda: default_image("training-torch"))
    image_gluoncv: str = Field(default_factory=lambda: default_image("training-gluoncv"))
    image_service: str = Field(default_factory=lambda: default_image("docker_sdk_api"))
    docker_network: str = "bridge"  # of downloads; no other container has one
    disk_reserve: int = Field(1 << 30, ge=0)  # no job is accepted or started with less free space
    poll_seconds: float = 0.5  # between two looks at a live job
    start_seconds: float = 60.0  # within which an agent must hold its lock
    stop_grace_seconds: float = 60.0  # between asking a trainer to stop and ending it
    stale_seconds: float = 60.0  # without a heartbeat a job counts as not responding
    retry_seconds: tuple[float, ...] = (2.0, 10.0, 30.0)  # before each automatic retry
    check_seconds: float = 3600.0  # that a dataset check may take

    @classmethod
    def from_environment(cls) -> Settings:
        """Read SEGSMITH_HOME, SEGSMITH_DATASETS (os.pathsep list) and the other SEGSMITH_ names."""
        names = {
            "home": "SEGSMITH_HOME",
            "home_shown": "SEGSMITH_HOME_SHOWN",
            "datasets_shown": "SEGSMITH_DATASETS_SHOWN",
            "public_url": "SEGSMITH_PUBLIC_URL",
            "cpu_slots": "SEGSMITH_CPU_SLOTS",
            "nvidia_smi": "SEGSMITH_NVIDIA_SMI",
            "runner": "SEGSMITH_RUNNER",
            "image_torch": "SEGSMITH_IMAGE_TORCH",
            "image_gluoncv": "SEGSMITH_IMAGE_GLUONCV",
            "image_service": "SEGSMITH_IMAGE_SERVICE",
            "docker_network": "SEGSMITH_DOCKER_NETWORK",
            "disk_reserve": "SEGSMITH_DISK_RESERVE",
            "stop_grace_seconds": "SEGSMITH_STOP_GRACE",
        }
        given = {name: os.environ[key] for name, key in names.items() if os.environ.get(key)}
        values: dict[str, object] = dict(given)
        if volume := os.environ.get("SEGSMITH_DATA_VOLUME"):
            values["home_shown"] = f"volume:{volume}"
        roots = os.environ.get("SEGSMITH_DATASETS", "").split(os.pathsep)
        if any(roots):
            values["dataset_roots"] = tuple(Path(entry) for entry in roots if entry)
        return cls.model_validate(values)
