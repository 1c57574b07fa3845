"""Which engine a fetch job needs, though it trains nothing."""

from __future__ import annotations

from docker_sdk_api.jobs.record import JobRecord
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.registry import weight_file


def engine_of(job: JobRecord) -> EngineName | None:
    """The engine in whose environment a job runs: its own, PyTorch's for weights that it converts
    from .pth, or none.
    """
    if job.engine is not None or not job.weights:
        return job.engine
    try:
        pickled = weight_file(job.weights).pickled
    except InvalidSpec:  # the fetcher says so in its own words
        return None
    return EngineName.torch if pickled else None
