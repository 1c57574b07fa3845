"""What trainings can start from here, and bringing more of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore, NameTaken
from docker_sdk_api.jobs.submission import Submission
from docker_sdk_api.models import ModelLibrary
from docker_sdk_api.specs.report import SpecRejected
from training_api.spec.errors import InvalidSpec, NotFound, SegsmithError
from training_api.spec.states import ACTIVE, JobState
from training_api.spec.weights import Weights, WeightsMode
from training_api.weights.cache import WeightsCache
from training_api.weights.classifier import Classifier, all_classifiers
from training_api.weights.initial import Target, initial_weights
from training_api.weights.registry import all_weights, backbones_for, networks_for, weight_file
from training_api.weights.weight_file import WeightFile

_LIVE = (JobState.queued, JobState.interrupted, *ACTIVE)
_LONGEST_NAME = 70


class WeightsShelf:
    """Published files, own models and classifiers. Blocking; thread-safe."""

    def __init__(
        self, home: Home, store: JobStore, models: ModelLibrary, submission: Submission
    ) -> None:
        self._home = home
        self._store = store
        self._models = models
        self._submission = submission
        self._cache = WeightsCache(home.weights)
        self._one_at_a_time = threading.Lock()

    def all(self, target: Target | None = None) -> dict[str, list[dict[str, Any]]]:
        """The WeightsList; only what fits `target`, if there is one."""
        jobs = self._fetching()
        return {
            "files": [self._file_row(file, jobs) for file in _files(target)],
            "models": [*self._model_rows(target)],
            "classifiers": [*self._classifier_rows(target)],
        }

    def one(self, weights_id: str) -> dict[str, Any]:
        """The row of one published file. Raises NotFound."""
        return self._file_row(_known(weights_id), self._fetching())

    def fetch(self, weights_id: str) -> tuple[JobRecord | None, bool]:
        """The job that fetches a file, and whether it is new; no job if the file is here.

        Raises NotFound for unknown weights, OutOfSpace.
        """
        file = _known(weights_id)
        with self._one_at_a_time:
            if self._cache.present(file) is not None:
                return None, False
            running = self._fetching().get(file.id)
            return (running, False) if running else (self._submitted(file), True)

    def fetching(self, weights_id: str) -> JobRecord | None:
        """The job that brings a file, unless it is being stopped."""
        job = self._fetching().get(weights_id)
        return None if job is None or job.state is JobState.stopping else job

    def _submitted(self, file: WeightFile) -> JobRecord:
        """A new job; of the names that are free the first."""
        number = 1
        while True:
            name = f"Fetch {file.id}"[:_LONGEST_NAME] + (f" {number}" if number > 1 else "")
            try:
                return self._submission.submit({"kind": "fetch", "name": name, "weights": file.id})
            except (SpecRejected, NameTaken) as error:
                if error.code != NameTaken.code:
                    raise
            number += 1

    def _fetching(self) -> dict[str, JobRecord]:
        """The fetch jobs that wait or run, by the weights that they bring."""
        with self._store.read() as rows:
            jobs = rows.in_state(*_LIVE)
        live = [job for job in jobs if job.state is not JobState.interrupted or job.repeats]
        return {job.weights: job for job in live if job.kind == "fetch" and job.weights}

    def _file_row(self, file: WeightFile, jobs: dict[str, JobRecord]) -> dict[str, Any]:
        record = self._cache.present(file)
        published = None if file.mebibytes is None else round(file.mebibytes * 2**20)
        names = {"id", "title", "kind", "engine", "encoder", "network", "options", "dataset"}
        return file.model_dump(mode="json", include=names | {"classes", "licence"}) | {
            "url": file.url,
            "digest": str(file.digest) if file.digest else None,
            "bytes": record.size if record else published,
            "present": record is not None,
            "checked": record.checked if record else None,
            "source": record.source if record else None,
            "added": record.added if record else None,
            "job_id": jobs[file.id].id if file.id in jobs else None,
        }

    def _model_rows(self, target: Target | None) -> Iterator[dict[str, Any]]:
        for model in self._models.all():
            wanted = Weights(mode=WeightsMode.model, model=model["id"])
            if self._fits(wanted, target, model["engine"], model["network"]):
                names = ("id", "name", "engine", "network", "backbone", "dataset", "miou")
                yield {name: model[name] for name in names}

    def _classifier_rows(self, target: Target | None) -> Iterator[dict[str, Any]]:
        for classifier in all_classifiers(self._home.weights):
            wanted = Weights(mode=WeightsMode.classifier, classifier=classifier.name)
            if self._fits(wanted, target):
                yield _classifier_row(classifier)

    def _fits(
        self, weights: Weights, target: Target | None, engine: str = "", network: str = ""
    ) -> bool:
        """Whether `target` can start so; `engine` and `network` are those of a model."""
        if target is None:
            return True
        if engine and (engine, network) != (target.engine, target.network):
            return False
        try:
            initial_weights(self._home.path, weights, target)
        except SegsmithError:
            return False
        return True


def _known(weights_id: str) -> WeightFile:
    try:
        return weight_file(weights_id)
    except InvalidSpec as error:
        raise NotFound(error.message) from error


def _files(target: Target | None) -> list[WeightFile]:
    """Backbones, the recommended one first, then networks."""
    if target is None:
        return [*all_weights()]
    backbones = backbones_for(target.engine, target.encoder) if target.encoder else []
    return [*backbones, *networks_for(target.engine, target.network, target.options)]


def _classifier_row(classifier: Classifier) -> dict[str, Any]:
    return {
        "name": classifier.name,
        "architecture": classifier.architecture,
        "format": classifier.format,
        "classes": classifier.classes,
    }
