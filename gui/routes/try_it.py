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
    prediction = await _predicted(api, kind, chosen, name, content)
    if pages.is_fragment:
        return pages.show("_prediction.html", prediction=prediction)
    model, job = (chosen, "") if kind == "model" else ("", chosen)
    return pages.show("try.html", prediction=prediction, **await _choices(api, model, job))


async def _uploaded(image: UploadFile | str | None) -> tuple[str, bytes]:
    """The file's name and bytes. Raises ApiProblem for none and for one that is too large."""
    content = await image.read(LARGEST + 1) if isinstance(image, UploadFile) else b""
    if not content or not isinstance(image, UploadFile):
        raise ApiProblem(422, {"code": "no_image", "detail": "Choose an image file first."})
    if len(content) > LARGEST:
        refusal = {"code": "too_large", "detail": "The file is larger than 32 MiB. Scale it down."}
        raise ApiProblem(413, refusal)
    return image.filename or "image", content


async def _predicted(api: Api, kind: str, chosen: str, name: str, content: bytes) -> Any:
    if kind == "job":
        return await api.predict_with_job(chosen, content)
    return await api.predict(chosen, name, content)


async def _choices(api: Api, model: str, job: str) -> dict[str, Any]:
    models = (await api.get("models"))["models"]
    running = (await api.get("jobs", state="running"))["jobs"]
    jobs = [entry for entry in running if entry["best"]]
    known = {f"model:{entry['id']}" for entry in models} | {f"job:{entry['id']}" for entry in jobs}
    wanted = f"job:{job}" if job else f"model:{model}"
    first = f"model:{models[0]['id']}" if models else f"job:{jobs[0]['id']}" if jobs else ""
    return {
        "models": models,
        "jobs": jobs,
        "chosen": wanted if wanted in known else first,
        "gone": bool(model or job) and wanted not in known,
    }
