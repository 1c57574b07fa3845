"""The testing page: a model, an image, its mask."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from gui.api import Api, ApiOf
from gui.pages import PagesOf
from gui.problems import ApiProblem

router = APIRouter(prefix="/try")

LARGEST = 32 << 20
"""Bytes of an image; the API takes no larger one either."""


@router.get("")
async def try_page(api: ApiOf, pages: PagesOf, model: str = "", job: str = "") -> Response:
    """Pick what to try: a published model, or the best so far of a job that runs."""
    return pages.show("try.html", prediction=None, **await _choices(api, model, job))


@router.post("")
async def predict(request: Request, api: ApiOf, pages: PagesOf) -> Response:
    """The mask and its shares; refusals are the API's own sentences."""
    async with request.form(max_files=1, max_fields=8) as form:
        kind, _, chosen = str(form.get("what", "")).partition(":")
        name, content = await _uploaded(form.get("image"))
    try:
        prediction = await _predicted(api, kind, chosen, name, content)
    except ApiProblem as problem:
        raise _named(problem, name) from problem
    if pages.is_fragment:
        return pages.show("_prediction.html", prediction=prediction)
    model, job = (chosen, "") if kind == "model" else ("", chosen)
    return pages.show("try.html", prediction=prediction, **await _choices(api, model, job))


async def _uploaded(image: UploadFile | str | None) -> tuple[str, bytes]:
    """The file's name and bytes. Raises ApiProblem for none, an empty one and one too large."""
    content = await image.read(LARGEST + 1) if isinstance(image, UploadFile) else b""
    if not isinstance(image, UploadFile) or not (content or image.filename):
        raise ApiProblem(422, {"code": "no_image", "detail": "Choose an image file first."})
    if not content:
        detail = f"{image.filename} is an empty file. Choose another one."
        raise ApiProblem(422, {"code": "no_image", "detail": detail})
    if len(content) > LARGEST:
        detail = f"{image.filename} is larger than 32 MiB. Scale it down."
        refusal = {"code": "too_large", "detail": detail}
        raise ApiProblem(413, refusal)
    return image.filename or "image", content


def _named(problem: ApiProblem, name: str) -> ApiProblem:
    """The refusal of an image, with the name of its file; any other as it is."""
    if problem.status not in (413, 422):
        return problem
    body = {"code": problem.code, "title": problem.title, "detail": f"{name}: {problem.detail}"}
    return ApiProblem(problem.status, body)


async def _predicted(api: Api, kind: str, chosen: str, name: str, content: bytes) -> Any:
    if kind == "job":
        return await api.predict_with_job(chosen, content)
    return await api.predict(chosen, name, content)


async def _choices(api: Api, model: str, job: str) -> dict[str, Any]:
    models = (await api.get("models"))["models"]
    running = (await api.get("jobs", state="running"))["jobs"]
    jobs = [entry for entry in running if entry["best"]]
    known = {f"model:{entry['id']}" for entry in models} | {f"job:{entry['id']}" for entry in jobs}
    if job and f"job:{job}" not in known:  # it has ended since: its model then
        model = next((entry["id"] for entry in models if entry["job_id"] == job), "")
    wanted = f"job:{job}" if f"job:{job}" in known else f"model:{model}"
    first = f"job:{jobs[0]['id']}" if jobs else f"model:{models[0]['id']}" if models else ""
    return {
        "models": models,
        "jobs": jobs,
        "chosen": wanted if wanted in known else first,
        "gone": bool(model or job) and wanted not in known,
    }
