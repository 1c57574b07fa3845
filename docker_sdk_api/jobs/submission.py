"""Accepting a job: its directory is complete before anything else can see it."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docker_sdk_api.datasets.library import DatasetLibrary
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.meta import Meta
from docker_sdk_api.jobs.rebuild import STAGING
from docker_sdk_api.jobs.record import JobRecord, columns_of
from docker_sdk_api.jobs.rows import PROJECT, JobStore
from docker_sdk_api.specs.kind_checker import Checker
from docker_sdk_api.specs.report import SpecRejected
from training_api.spec.clock import now
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Conflict
from training_api.spec.files import sync_folder, write_json
from training_api.spec.job import JobSpec
from training_api.spec.kinds.base import Spec
from training_api.spec.states import JobState


class KeyReused(Conflict):
    """An Idempotency-Key came again with another request."""

    code = "idempotency_key_reused"


class Submission:
    """Turns specs into queued jobs. Blocking; thread-safe."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        datasets: DatasetLibrary,
        checker: Checker,
        reserve: int,
        wake: Callable[[], None],
    ) -> None:
        self._home = home
        self._store = store
        self._datasets = datasets
        self._checker = checker
        self._reserve = reserve
        self._wake = wake

    def submit(
        self, data: dict[str, Any], *, key: str | None = None, created_by: str = "local"
    ) -> JobRecord:
        """Check and queue a job. The same `key` again gives the same job.

        Raises SpecRejected with all problems, NameTaken, KeyReused or OutOfSpace.
        """
        request = _digest(data)
        earlier = self._earlier(key, request)
        if earlier is not None:
            return earlier
        report = self._checker.check(data)
        if report.spec is None:
            # The same request beside this one may have taken the name meanwhile.
            twin = self._earlier(key, request)
            if twin is not None:
                return twin
            raise SpecRejected(report.problems)
        self._home.require_space(self._reserve)
        meta = Meta(
            id=f"job-{secrets.token_hex(6)}",
            project_id=PROJECT,
            created_by=created_by,
            created=now(),
            dataset_name=self._dataset_name(report.spec),
            idempotency_key=key,
            request_sha256=request,
        )
        job = self._accept(report.spec, meta)
        self._wake()
        return job

    def _dataset_name(self, spec: Spec) -> str:
        """'' for a kind of job without a dataset."""
        return self._datasets.version(spec.dataset).name if isinstance(spec, JobSpec) else ""

    def _earlier(self, key: str | None, request: str) -> JobRecord | None:
        if key is None:
            return None
        with self._store.read() as rows:
            job = rows.with_key(key)
        if job is not None and job.request_sha256 != request:
            raise KeyReused(
                "This Idempotency-Key was used for another job. Send a new key with each new job."
            )
        return job

    def _accept(self, spec: Spec, meta: Meta) -> JobRecord:
        """Write the directory aside; then, in one transaction, add the row and rename it."""
        staged = self._home.jobs / f"{STAGING}{meta.id}"
        try:
            _write(JobDirectory(staged), spec, meta)
            with self._store.write() as rows:
                twin = rows.with_key(meta.idempotency_key) if meta.idempotency_key else None
                if twin is not None:
                    return twin
                job = rows.insert(
                    id=meta.id,
                    created_by=meta.created_by,
                    created=meta.created,
                    dataset_name=meta.dataset_name,
                    idempotency_key=meta.idempotency_key,
                    request_sha256=meta.request_sha256,
                    state=JobState.queued.value,
                    **columns_of(spec),
                )
                self._publish(staged, meta.id)
            return job
        except BaseException:
            self._take_back(meta.id)
            raise
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _take_back(self, job_id: str) -> None:
        """Remove a renamed directory whose row was not committed: a restart would adopt it."""
        with self._store.read() as rows:
            known = rows.knows(job_id)
        if not known:
            shutil.rmtree(self._home.jobs / job_id, ignore_errors=True)

    def _publish(self, staged: Path, job_id: str) -> None:
        staged.rename(self._home.jobs / job_id)
        sync_folder(self._home.jobs)


def _write(directory: JobDirectory, spec: Spec, meta: Meta) -> None:
    directory.path.mkdir()
    write_json(directory.spec_path, spec.document())
    meta.save(directory)


def _digest(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
