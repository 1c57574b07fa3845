"""The runner that an installation has chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Runner
from docker_sdk_api.runners.local import LocalRunner
from docker_sdk_api.settings import Settings


def runner_for(settings: Settings, gpus: Callable[[], Sequence[str]]) -> Runner:
    """By `settings.runner`; `gpus` gives the UUIDs of the GPUs that are there now."""
    home = Home(settings.home)
    if settings.runner == "local":
        return LocalRunner(home.jobs, cpu_slots=settings.cpu_slots, gpus=gpus)
    # Imported here: whoever has no Docker starts without its client.
    from docker_sdk_api.runners.docker import DockerRunner
    from docker_sdk_api.runners.docker_images import job_images

    images = job_images(settings.image_torch, settings.image_gluoncv, settings.image_service)
    return DockerRunner(
        home,
        images,
        cpu_slots=settings.cpu_slots,
        gpus=gpus,
        roots=settings.dataset_roots,
        network=settings.docker_network,
    )
