"""The weights of queued trainings: fetched when they are first wanted, once for all who wait."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.weights.awaited import Awaited
from docker_sdk_api.weights.first import published_file
from docker_sdk_api.weights.shelf import WeightsShelf
from training_api.spec.errors import OutOfSpace
from training_api.spec.states import JobState
from training_api.weights.cache import WeightsCache
from training_api.weights.weight_file import WeightFile

log = logging.getLogger(__name__)


@dataclass
class Supply:
    """Of the queued jobs whose weights are not here: why they wait, or why they wait in vain."""

    waiting: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def ready(self, queued: list[JobRecord]) -> list[JobRecord]:
        """The others."""
        held = self.waiting | self.failed
        return [job for job in queued if job.id not in held]


class WeightsSupply:
    """Looks after the weights of queued trainings. Blocking; used by one thread at a time.

    Which fetch job a training waits for is kept beside the attempt that is to begin, so that
    another process goes on where this one ends.
    """

    def __init__(self, home: Home, store: JobStore, shelf: WeightsShelf) -> None:
        self._home = home
        self._store = store
        self._shelf = shelf
        self._cache = WeightsCache(home.weights)
        self._needed: dict[tuple[str, int], WeightFile | None] = {}  # specs never change

    def of(self, queued: list[JobRecord]) -> Supply:
        """How it stands with each; begins to fetch what nobody fetches yet."""
        known = self._needed
        self._needed = {key: known[key] for job in queued if (key := _key(job)) in known}
        supply = Supply()
        for job in queued:
            try:
                self._consider(supply, job)
            except Exception as error:  # of one job: the others go on
                log.exception("The weights of %s cannot be looked after", job.id)
                supply.waiting[job.id] = f"Its weights cannot be looked after: {error}"
        return supply

    def _consider(self, supply: Supply, job: JobRecord) -> None:
        file = self._file(job)
        if file is not None and self._cache.present(file) is None:
            self._look(supply, job, file)

    def _file(self, job: JobRecord) -> WeightFile | None:
        """The published file that the job's next attempt starts from, if any."""
        if _key(job) not in self._needed:
            directory = self._home.job(job.id)
            self._needed[_key(job)] = published_file(directory, job.kind)
        return self._needed[_key(job)]

    def _look(self, supply: Supply, job: JobRecord, file: WeightFile) -> None:
        try:
            fetch = self._fetch_for(job, file)
        except OutOfSpace as error:
            supply.waiting[job.id] = error.message
            return
        if fetch is not None and _goes_on(fetch):
            supply.waiting[job.id] = f"Its weights {file.sized} are fetched first."
        elif self._cache.present(file) is None:  # it may have come since `of` looked
            supply.failed[job.id] = _in_vain(file, fetch)

    def _fetch_for(self, job: JobRecord, file: WeightFile) -> JobRecord | None:
        """The fetch that `job` waits for; where that has ended, another that goes on if any."""
        awaited = Awaited.of(self._home.job(job.id), job.attempt + 1)
        if awaited is None:
            return self._joined(job, self._shelf.fetch(file.id)[0])
        fetch = self._read(awaited)
        if fetch is not None and _goes_on(fetch):
            return fetch
        return self._joined(job, self._shelf.fetching(file.id)) or fetch

    def _joined(self, job: JobRecord, fetch: JobRecord | None) -> JobRecord | None:
        """`fetch`, noted as the one that `job` waits for, unless it is about to end."""
        if fetch is not None and fetch.state is not JobState.stopping:
            Awaited(job=fetch.id).save(self._home.job(job.id), job.attempt + 1)
        return fetch

    def _read(self, awaited: Awaited) -> JobRecord | None:
        with self._store.read() as rows:
            return rows.find(awaited.job)


def _key(job: JobRecord) -> tuple[str, int]:
    return job.id, job.attempt


def _goes_on(fetch: JobRecord) -> bool:
    return fetch.repeats or not fetch.state.ended


def _in_vain(file: WeightFile, fetch: JobRecord | None) -> str:
    """Why an ended `fetch` left no file; None for one that was deleted."""
    again = "Resume the training to fetch them again."
    if fetch is None:
        return f"The download of its weights {file.id} was deleted. {again}"
    if fetch.state is JobState.cancelled:
        return f"The download of its weights {file.id} was stopped. {again}"
    if fetch.state is JobState.succeeded:
        return f"Its weights {file.id} came and are gone again. {again}"
    then = "Then resume the training: it fetches what is not here."
    return f"Its weights {file.id} could not be fetched. {fetch.message} {then}"
