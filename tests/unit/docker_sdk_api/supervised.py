"""A supervisor over a fake runner."""

from __future__ import annotations

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import until
from training_api.spec.states import JobState


class Running:
    """A supervisor over a fake runner, with what one asks of them."""

    def __init__(self, home: Home, store: JobStore, runner: FakeRunner, settings: Settings) -> None:
        self.home, self.store, self.runner = home, store, runner
        self.supervisor = Supervisor(home, store, runner, settings)
        self.actions = JobActions(home, store, self.supervisor.wake)

    def job(self, job_id: str) -> JobRecord:
        with self.store.read() as rows:
            return rows.get(job_id)

    async def reached(self, job_id: str, *states: JobState) -> JobRecord:
        await until(lambda: self.job(job_id).state in states)
        return self.job(job_id)

    async def ended(self, job_id: str) -> JobRecord:
        def over() -> bool:
            job = self.job(job_id)
            return job.state.ended and not job.repeats

        await until(over)
        return self.job(job_id)
