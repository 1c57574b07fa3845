"""The job's own HTTP API: health, state, events, logs, the model so far, a prediction with it."""

from __future__ import annotations

import base64
import hmac
import io
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from training_api.child import run_child
from training_api.spec.dataset import DatasetClass, DatasetVersion
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import NotFound, SegsmithError
from training_api.spec.events import latest, read_events
from training_api.spec.logs import read_log
from training_api.spec.model_zip import zip_pieces
from training_api.spec.problem import PROBLEM_TYPE, problem_document

LARGEST_IMAGE = 32 << 20
"""Bytes of an uploaded image."""
_EVENTS_PER_ANSWER = 2000

Handler = Callable[[Request], Awaitable[Response]]


class TooLarge(SegsmithError):
    """The request's body is larger than what is accepted."""

    code = "too_large"
    status = 413


class Unauthorised(SegsmithError):
    """The token is missing or wrong."""

    code = "unauthorised"
    status = 401


def application(
    job: JobDirectory, attempt: AttemptDirectory, trainer_pid: int, token: str | None
) -> Starlette:
    """The ASGI application; with a `token` each request must bear it."""
    api = _Api(job, attempt, trainer_pid)
    handlers: list[tuple[str, str, Handler]] = [
        ("GET", "/health", api.health),
        ("GET", "/state", api.state),
        ("GET", "/events", api.events),
        ("GET", "/logs", api.logs),
        ("GET", "/model", api.model),
        ("POST", "/predict", api.predict),
    ]
    return Starlette(
        routes=[
            Route(path, _guarded(handler, token), methods=[verb])
            for verb, path, handler in handlers
        ]
    )


def _guarded(handler: Handler, token: str | None) -> Handler:
    """Check the token, and turn refusals into problem+json."""

    async def guarded(request: Request) -> Response:
        try:
            given = request.headers.get("authorization", "").encode()
            if token is not None and not hmac.compare_digest(given, f"Bearer {token}".encode()):
                raise Unauthorised("The agent's token is missing or wrong.")
            return await handler(request)
        except SegsmithError as error:
            return _problem(error)

    return guarded


def _problem(error: SegsmithError) -> Response:
    body = problem_document(error.status, error.code, error.message)
    return JSONResponse(body, error.status, media_type=PROBLEM_TYPE)


def _zipped(folder: Path) -> bytes:
    return b"".join(zip_pieces(folder))


class _Api:
    def __init__(self, job: JobDirectory, attempt: AttemptDirectory, trainer_pid: int) -> None:
        self._job = job
        self._attempt = attempt
        self._trainer_pid = trainer_pid
        self._one_child = anyio.Lock()  # the processor belongs to the training

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "trainer_pid": self._trainer_pid})

    async def state(self, request: Request) -> Response:
        def read() -> dict[str, Any]:
            every = [event for _, event in read_events(self._job.events_path)]
            own = [event for event in every if event["attempt"] == self._attempt.number]
            kinds = ("started", "progress", "finished", "failed")
            # a resumed attempt goes on from earlier scores; all else is its own
            return {"validation": latest(every, "validation")} | {
                kind: latest(own, kind) for kind in kinds
            }

        stopping = self._attempt.stop_requested
        head = {"attempt": self._attempt.number, "state": "stopping" if stopping else "running"}
        return JSONResponse(head | await anyio.to_thread.run_sync(read))

    async def events(self, request: Request) -> Response:
        path = self._job.events_path
        answer = await anyio.to_thread.run_sync(_events_after, path, _offset(request))
        return JSONResponse(answer)

    async def logs(self, request: Request) -> Response:
        path = self._job.log_path
        lines, after = await anyio.to_thread.run_sync(read_log, path, _offset(request))
        size = path.stat().st_size if path.exists() else 0
        return JSONResponse({"lines": lines, "next": after, "size": size})

    async def model(self, request: Request) -> Response:
        """The best model so far as a ZIP."""
        self._require_model()
        with tempfile.TemporaryDirectory(prefix="segsmith-") as scratch:
            arguments = [str(self._job.path), scratch]
            async with self._one_child:
                await anyio.to_thread.run_sync(run_child, "training_api.best_so_far", arguments)
            data = await anyio.to_thread.run_sync(_zipped, Path(scratch))
        name = {"Content-Disposition": 'attachment; filename="model.zip"'}
        return Response(data, media_type="application/zip", headers=name)

    async def predict(self, request: Request) -> Response:
        """The mask of the image in the body, by the best model so far."""
        self._require_model()
        image = await _body(request)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="segsmith-") as scratch:
            source, target = Path(scratch, "image"), Path(scratch, "mask.png")
            source.write_bytes(image)
            arguments = ["--job", str(self._job.path), "--image", str(source), "--out", str(target)]
            async with self._one_child:
                await anyio.to_thread.run_sync(run_child, "training_api.predict", arguments)
            mask = target.read_bytes()
        classes = await anyio.to_thread.run_sync(self._classes)
        return JSONResponse(_prediction(mask, classes, time.monotonic() - started))

    def _require_model(self) -> None:
        """Raises NotFound for a job that makes no model."""
        kind = self._job.kind()
        if not kind.makes_model:
            raise NotFound(f"A {kind.work} makes no model.")

    def _classes(self) -> list[DatasetClass]:
        return DatasetVersion.load(Path(self._attempt.launch().dataset_manifest)).classes


def _events_after(path: Path, after: int) -> dict[str, Any]:
    """At most _EVENTS_PER_ANSWER events, and the offset of the next one."""
    found = list(itertools.islice(read_events(path, after), _EVENTS_PER_ANSWER))
    return {
        "events": [
            {"id": f"{event['attempt']}-{offset}", "offset": offset} | event
            for offset, event in found
        ],
        "next": found[-1][0] if found else after,
    }


def _prediction(mask: bytes, classes: list[DatasetClass], seconds: float) -> dict[str, Any]:
    """The answer, in the shape of the inference API's."""
    from PIL import Image

    with Image.open(io.BytesIO(mask), formats=["PNG"]) as image:
        counts = image.histogram()
        width, height = image.size
    return {
        "model": "best so far",
        "width": width,
        "height": height,
        "seconds": seconds,
        "classes": [
            entry.model_dump()
            | {"pixels": counts[entry.id], "share": counts[entry.id] / (width * height)}
            for entry in classes
        ],
        "mask": base64.b64encode(mask).decode(),
    }


def _offset(request: Request) -> int:
    """`after` of the query, in bytes; anything that is not a number counts as the beginning."""
    given = request.query_params.get("after", "0")
    return int(given) if given.isdecimal() and len(given) < 19 else 0


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_IMAGE:
            raise TooLarge(f"The image is larger than {LARGEST_IMAGE >> 20} MB. Scale it down.")
    return bytes(data)
