"""Everything that orchestrates one home, put together; the API is one of its users."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from types import TracebackType

from docker_sdk_api.agent_proxy import AgentProxy
from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import is_sound, upgrade
from docker_sdk_api.datasets.library import DatasetLibrary
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.activity import Activities
from docker_sdk_api.jobs.detail import JobDetails
from docker_sdk_api.jobs.rebuild import reconcile_directories
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.submission import Submission
from docker_sdk_api.jobs.view import JobViews
from docker_sdk_api.models import ModelLibrary
from docker_sdk_api.profiles.desk import ProfileDesk
from docker_sdk_api.profiles.key import machine_of
from docker_sdk_api.runners.base import Runner
from docker_sdk_api.runners.choice import runner_for
from docker_sdk_api.settings import Settings
from docker_sdk_api.specs.checker import SpecChecker
from docker_sdk_api.specs.fetch_checker import FetchChecker
from docker_sdk_api.specs.kind_checker import KindChecker
from docker_sdk_api.specs.profile_checker import ProfileChecker
from docker_sdk_api.streams import JobStreams
from docker_sdk_api.supervisor import Supervisor
from docker_sdk_api.system.gpus import GpuList
from docker_sdk_api.weights.shelf import WeightsShelf
from docker_sdk_api.weights.supply import WeightsSupply
from training_api.spec.clock import now
from training_api.spec.pool import ChildPool

log = logging.getLogger(__name__)

_PREVIEW_SECONDS = 60.0


class Orchestrator:
    """Use as `async with Orchestrator(settings) as orchestrator:`; jobs go on after its end.

    `runner` replaces the one of the settings; with `admits` false no queued job is started.

    Entering raises HomeInUse while another process orchestrates the home, and Newer for a
    database of a later release.
    """

    def __init__(
        self, settings: Settings, runner: Runner | None = None, *, admits: bool = True
    ) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.gpus = GpuList(settings.nvidia_smi)
        self.runner = runner or runner_for(settings, self.gpus.uuids)
        self.database = Database(self.home.database)
        self.store = JobStore(self.database)
        self._checks = ChildPool(1, settings.check_seconds)
        self._previews = ChildPool(1, _PREVIEW_SECONDS)
        roots = settings.dataset_roots
        self.datasets = DatasetLibrary(self.home, roots, self._checks, self._previews)
        self.checker = self._checker()
        self.models = ModelLibrary(self.home)
        self.actions = JobActions(self.home, self.store, self._wake)
        self.submission = Submission(
            self.home,
            self.store,
            self.datasets,
            self.checker,
            settings.disk_reserve,
            self._wake,
        )
        self.weights = WeightsShelf(self.home, self.store, self.models, self.submission)
        supply = WeightsSupply(self.home, self.store, self.weights)
        self.supervisor = Supervisor(
            self.home, self.store, self.runner, settings, supply=supply, admits=admits
        )
        self.views = JobViews(
            self.home, self.store, Activities(), self.supervisor.why_waiting, settings.stale_seconds
        )
        self.details = JobDetails(self.home, self.store, self.datasets, self.views)
        self.streams = JobStreams(self.home, self.store, self.views)
        self.profiles = self._profile_desk()
        self.agents = AgentProxy(self.home, self.store)
        self._lock = contextlib.ExitStack()

    def _wake(self) -> None:
        self.supervisor.wake()

    def _checker(self) -> KindChecker:
        """Of the specs of all kinds; the names of trainings are those of all jobs."""
        engine_problem = self.runner.engine_problem
        trainings = SpecChecker(self.home, self.store, self.datasets, self.gpus, engine_problem)
        self.name_problems = trainings.name_problems
        return KindChecker(
            {
                "train": trainings,
                "profile": ProfileChecker(trainings),
                "fetch": FetchChecker(self.name_problems),
            }
        )

    def _profile_desk(self) -> ProfileDesk:
        machine = partial(machine_of, self.gpus, self.settings.cpu_slots)
        return ProfileDesk(
            self.home, self.store, self.submission, self.actions, self.views, self.checker, machine
        )

    async def __aenter__(self) -> Orchestrator:
        self._lock.enter_context(self.home.locked())
        try:
            await asyncio.to_thread(self._open)
            await self.supervisor.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.supervisor.stop()
        await self._close()

    def _open(self) -> None:
        self.home.create()
        if self.home.database.exists() and not is_sound(self.home.database):
            self._set_aside()
        upgrade(self.database)
        found = reconcile_directories(self.home, self.store)
        if found:
            log.info("%d jobs were found in their directories", found)

    def _set_aside(self) -> None:
        """Keep a damaged database for whoever wants to look; the jobs' directories replace it."""
        stamp = now().replace(":", "").replace(".", "-")
        for suffix in ("", "-wal", "-shm"):
            path = self.home.database.with_name(self.home.database.name + suffix)
            if path.exists():
                path.rename(path.with_name(f"{path.name}.damaged-{stamp}"))
        log.error("The database was damaged; it is rebuilt from the job directories")

    async def _close(self) -> None:
        await self.runner.close()
        await asyncio.to_thread(self._checks.close)
        await asyncio.to_thread(self._previews.close)
        self.database.close()
        self._lock.close()
