"""The HTTP API in memory: realistic answers for the page tests, every call recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from tests.unit.gui import fake_datasets, fake_details, fake_images, fake_jobs
from tests.unit.gui.fake_profiles import FakeProfiles
from tests.unit.gui.fake_stream import FakeStreams
from tests.unit.gui.fake_weights import FakeWeights
from training_api.augmentations import augmentation_problems
from training_api.spec.job import spec_problems

TAIL = 300
"""Lines of a log's newest part."""


class Refused(Exception):
    """Becomes a problem+json answer."""

    def __init__(self, status: int, code: str, detail: str, problems: Any = None) -> None:
        self.answer = {"type": "about:blank", "title": "Refused", "status": status, "code": code,
                       "detail": detail} | ({"problems": problems} if problems else {})  # fmt: skip


class FakeApi:
    """State that a test sets up, and `calls`: (method, path, body) of what was asked."""

    def __init__(self) -> None:
        self.jobs = fake_jobs.jobs()
        self.scans = fake_datasets.scans()
        self.datasets = fake_datasets.listing()
        self.system = fake_details.system()
        self.catalogue = fake_details.catalogue()
        self.models = [fake_details.model(job) for job in self.jobs if job["model_id"]]
        self.weights = FakeWeights()
        self.profiles = FakeProfiles()
        self.streams = FakeStreams()
        self.log = [*fake_details.LOG]
        self.token = ""
        self.refuse_images = ""  # why
        self.manifest: dict[str, Any] = {"protocol": "Counts pooled.", "files": {}, "metrics": {}}
        self.next: str | None = None  # cursor of the jobs' next page
        self.changes: dict[str, Any] = {}  # by job id: keys of its detail to replace
        self.queries: list[tuple[str, str, dict[str, str]]] = []
        self.keys: list[str] = []  # Idempotency-Keys of started jobs
        self.warnings: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str, Any]] = []
        self.app = FastAPI()
        self.app.add_exception_handler(Refused, _refused)
        self.app.middleware("http")(self._watch)
        self.app.add_api_route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])

    async def _watch(self, request: Request, call_next: Any) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = given or request.cookies.get("segsmith_session", "")
        if self.token and given != self.token:
            return JSONResponse({"code": "unauthorized", "detail": "A token is needed."}, 401)
        return await call_next(request)

    async def _answer(self, request: Request, path: str) -> Any:
        raw = await request.body()
        body = json.loads(raw) if raw.startswith(b"{") else raw
        self.calls.append((request.method, "/" + path, body))
        self.queries.append((request.method, "/" + path, dict(request.query_params)))
        place = path.removeprefix("api/v1/").split("/")
        if path.startswith("inference/"):
            return self._predict()
        name = f"_{request.method.lower()}_{place[0].replace('-', '_')}"
        handler = getattr(self, name, None)
        if handler is None:
            raise Refused(404, "not_found", f"There is no {path}.")
        return handler(place[1:], body, request)

    def _job(self, job_id: str) -> dict[str, Any]:
        for job in self.jobs:
            if job["id"] == job_id:
                return job
        raise Refused(404, "not_found", f"There is no job {job_id}.")

    def _get_jobs(self, place: list[str], body: Any, request: Request) -> Any:
        if not place:
            wanted = request.query_params.get("search", "").lower()
            states = request.query_params.getlist("state")
            kind = request.query_params.get("kind")
            found = [job for job in self.jobs if wanted in job["name"].lower()]
            found = [job for job in found if not states or job["state"] in states]
            return {
                "jobs": [job for job in found if kind in (None, job["kind"])],
                "next": self.next,
            }
        if place == ["stream"]:
            return self.streams.follow("", ("jobs", {"jobs": self.jobs[:5]}))
        job = self._job(place[0])
        match place[1:]:
            case []:
                offsets = {"offsets": {"events": 0, "log": len(self.log)}}
                return fake_details.detail(job) | offsets | self.changes.get(job["id"], {})
            case ["spec"]:
                return fake_details.spec_of(job)
            case ["log"]:
                return self._log(request.query_params)
            case ["size"]:
                return {"bytes": 183_000_000}
            case ["log.txt"]:
                return PlainTextResponse("\n".join(self.log))
            case ["stream"]:
                return self.streams.follow(job["id"], ("state", job))
            case ["samples", _, file]:
                kind = file.rsplit("_", 1)[-1].split(".")[0]
                stem = file.rsplit("_", 1)[0]
                pixels = fake_images.photo(stem) if kind == "image" else fake_images.mask(stem, 3)
                return _png(fake_images.png(pixels))
        raise Refused(404, "not_found", "There is no such file.")

    def _log(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Pages of the log, where each line counts as one byte."""
        end = int(query.get("before", len(self.log)))
        tail = end - (TAIL if "tail" in query else end)
        start = int(query.get("after", max(tail, 0)))
        return {"lines": self.log[start:end], "start": start, "next": end, "size": len(self.log)}

    def _post_queue(self, *_: Any) -> Any:
        return Response(status_code=204)

    def _post_jobs(self, place: list[str], body: Any, request: Request) -> Any:
        if not place:
            self.keys += filter(None, [request.headers.get("idempotency-key")])
            return JSONResponse(self._create(body), 201)
        job = self._job(place[0])
        if place[1:] == ["agent", "predict"]:
            return self._predict()
        after = {"stop": "stopping", "resume": "queued"}.get(place[1])
        if after:
            job.update(state=after, actions=fake_jobs.ACTIONS[after])
        return job

    def _create(self, spec: Any) -> dict[str, Any]:
        self._check(spec)
        job = fake_jobs.view("j-new", spec["name"], "queued", position=3)
        self.jobs.insert(0, job)
        return job

    def _delete_jobs(self, place: list[str], body: Any, request: Request) -> Any:
        self.jobs.remove(self._job(place[0]))
        return Response(status_code=204)

    def _check(self, spec: Any) -> None:
        if problems := self._problems(spec):
            raise Refused(422, "invalid_spec", "The spec cannot be trained with.", problems)

    def _problems(self, spec: Any) -> list[dict[str, Any]]:
        wrong = spec_problems(spec) or augmentation_problems(spec.get("augmentations", {}))
        found = [{"field": problem.field, "message": problem.message} for problem in wrong]
        if any(job["name"] == spec.get("name") for job in self.jobs):
            found.append({"field": "name", "message": "name: another job has this name."})
        return found

    def _post_specs(self, place: list[str], body: Any, request: Request) -> Any:
        problems = self._problems(body)
        as_text = {
            "cli": f"segsmith train {body.get('dataset')}",
            "curl": f"curl -d '{json.dumps(body)}'",
            "yaml": json.dumps(body),
        }
        found = {"problems": problems, "warnings": self.warnings}
        return {"ok": not problems, "spec": None, **found, "as": as_text}

    def _post_profiles(self, place: list[str], body: Any, request: Request) -> Any:
        self._check(body | {"name": "any"})
        return self.profiles.answer(place, body)

    def _get_system(self, *_: Any) -> Any:
        return self.system

    def _get_catalogue(self, *_: Any) -> Any:
        return self.catalogue

    def _get_datasets(self, place: list[str], body: Any, request: Request) -> Any:
        return self.datasets if not place else self._scan(place[0])

    def _post_datasets(self, place: list[str], body: Any, request: Request) -> Any:
        if any(entry["name"] == place[0] for entry in self.datasets):
            self.scans.setdefault(place[0], self.scans["dummy_dataset"] | {"name": place[0]})
            fake_datasets.mark_read(self.datasets, place[0])
        return self._scan(place[0])

    def _scan(self, name: str) -> Any:
        if name not in self.scans:
            raise Refused(404, "not_found", f"The dataset {name} was never checked.")
        return self.scans[name]

    def _get_dataset_versions(self, place: list[str], body: Any, request: Request) -> Any:
        scan = next((one for one in self.scans.values() if one["version"] == place[0]), None)
        if scan is None:
            raise Refused(404, "not_found", f"There is no dataset version {place[0]}.")
        if place[1:] == ["split"]:
            return fake_datasets.split(scan, request.query_params)
        if place[1:2] == ["preview"]:
            return _png(fake_images.png(fake_images.overlay(place[2], len(scan["classes"]))))
        return scan

    def _get_job_names(self, place: list[str], body: Any, request: Request) -> Any:
        taken = any(job["name"] == place[0] for job in self.jobs)
        return {"available": not taken, "message": "Another job has this name." if taken else ""}

    def _get_models(self, place: list[str], body: Any, request: Request) -> Any:
        if not place:
            return {"models": self.models}
        for model in self.models:
            if model["id"] == place[0]:
                return model | {"manifest": self.manifest}
        raise Refused(404, "not_found", f"There is no model {place[0]}.")

    def _delete_models(self, place: list[str], body: Any, request: Request) -> Any:
        self.models = [model for model in self.models if model["id"] != place[0]]
        return Response(status_code=204)

    def _get_weights(self, place: list[str], body: Any, request: Request) -> Any:
        if place and (found := self.weights.one(place[0])):
            return found
        if place:
            raise Refused(404, "not_found", f"There are no weights {place[0]}.")
        query = request.query_params
        backbone = json.loads(query.get("options", "{}")).get("backbone")
        return self.weights.listing(self.models, query, backbone)

    def _post_weights(self, place: list[str], body: Any, request: Request) -> Any:
        if self.weights.has(place[0]):
            return {"present": True, "job": None}
        return JSONResponse({"present": False, "job": self._job("j-fetch")}, 201)

    def _predict(self) -> Any:
        if self.refuse_images:
            raise Refused(422, "bad_image", self.refuse_images)
        return fake_images.prediction(fake_jobs.CLASSES)


def _png(content: bytes) -> Response:
    return Response(content, media_type="image/png")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.answer, error.answer["status"], media_type="application/problem+json")
