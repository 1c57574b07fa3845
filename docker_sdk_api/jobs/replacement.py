"""One job, one published model: that of a later attempt takes the place of the earlier ones."""

from __future__ import annotations

import logging

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import discard
from docker_sdk_api.jobs.record import model_id
from docker_sdk_api.jobs.rows import JobStore
from training_api.spec.errors import SegsmithError
from training_api.spec.job import JobSpec
from training_api.spec.states import JobState

log = logging.getLogger(__name__)


def remove_replaced(home: Home, store: JobStore, job_id: str, attempt: int) -> None:
    """Remove what earlier attempts of the job published, once the model of `attempt` is whole.

    Models that the spec of some job starts from stay. Repeating it is harmless.
    """
    if not (home.models / model_id(job_id, attempt) / "manifest.json").is_file():
        return
    earlier = [model_id(job_id, number) for number in range(1, attempt)]
    present = {name for name in earlier if (home.models / name).exists()}
    if not present:
        return
    for name in sorted(present - _started_from(home, store)):
        discard(home.models / name)
        log.info("Model %s was replaced by that of attempt %d", name, attempt)


def _started_from(home: Home, store: JobStore) -> set[str]:
    """The models that jobs name as their first weights; an unreadable spec names none."""
    with store.read() as rows:
        jobs = rows.in_state(*JobState)
    names = set()
    for job in jobs:
        try:
            spec = home.job(job.id).any_spec()
        except SegsmithError:
            continue
        if isinstance(spec, JobSpec) and spec.weights.model:
            names.add(spec.weights.model)
    return names
