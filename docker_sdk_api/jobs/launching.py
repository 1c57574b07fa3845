"""What an attempt is given, for its launch.json."""

from __future__ import annotations

import os

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.memory import launched_step
from docker_sdk_api.jobs.record import AttemptRecord, JobRecord, model_id
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.first import launched_weights
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import NotFound
from training_api.spec.launch import Launch


def launch_for(home: Home, settings: Settings, job: JobRecord, attempt: AttemptRecord) -> Launch:
    """Its devices and paths, which are the same for whatever runs it. Blocking."""
    directory = home.job(job.id)
    manifest, root = _dataset(home, job.dataset_id)
    share = len(os.sched_getaffinity(0)) // settings.cpu_slots
    return Launch(
        job_id=job.id,
        attempt=attempt.number,
        dataset_manifest=manifest,
        dataset_root=root,
        models_dir=str(home.models.resolve()),
        model_id=model_id(job.id, attempt.number),
        weights_dir=str(home.weights.resolve()),
        initial_weights=launched_weights(home.path, directory, job.kind),
        devices=attempt.devices,
        cpus=job.resources.cpus or max(1, share),
        **launched_step(directory, job),
        stop_grace_seconds=settings.stop_grace_seconds,
        created=now(),
    )


def _dataset(home: Home, version_id: str | None) -> tuple[str, str]:
    """Manifest and root of a dataset version; '' for a job without, or where it is gone."""
    if version_id is None:
        return "", ""
    manifest = home.datasets / f"{version_id}.json"
    try:
        root = DatasetVersion.load(manifest).root
    except NotFound:  # the trainer says so in its own words
        root = ""
    return str(manifest.resolve()), root
