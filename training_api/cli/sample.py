"""The first job of a new installation: the sample dataset with the preset `fast`."""

from __future__ import annotations

import asyncio

from rich.console import Console

from training_api.cli.api import Api
from training_api.cli.follow import Follower
from training_api.cli.progress_bar import TrainingDisplay
from training_api.cli.screen import duration, score
from training_api.spec.errors import SegsmithError

SAMPLE = "dummy_dataset"


async def train_the_sample(api: Api, url: str, screen: Console) -> None:
    """Train it if there is no job yet and show how it goes; what fails is said, never raised."""
    try:
        if (await api.get("jobs", limit=1))["jobs"]:
            return
        screen.print(f"Checking the sample dataset {SAMPLE} …")
        check = await api.post("datasets", SAMPLE, "check")
        if check["version"] is None:
            screen.print(f"The sample dataset has errors; see {url}/")
            return
        spec = {"name": "sample", "dataset": check["version"], "preset": "fast"}
        job = await api.post("jobs", body=spec)
        screen.print(f"Training the sample dataset; watch it at {url}/jobs/{job['id']}")
        with TrainingDisplay(screen, lines=False) as display:
            job = await Follower(job["id"], display, asyncio.Queue()).follow(api)
    except SegsmithError as error:
        screen.print(f"The sample could not be trained: {error.message}")
        return
    best = (job.get("best") or {}).get("miou")
    told = f": {job['message']}" if job["message"] else ""
    screen.print(
        f"The sample job has {job['state']} after {duration(job['seconds'])}, "
        f"mIoU {score(best)}{told}. Try the model at {url}/"
    )
