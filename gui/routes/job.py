"""The page of one job: curves, samples, log, settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import Api, ApiOf
from gui.model_names import model_names
from gui.pages import PagesOf
from gui.problems import ApiProblem
from gui.states import FINAL, REASONS, STATES
from gui.wizard import free_name

router = APIRouter(prefix="/jobs/{job_id}")


@router.get("")
async def overview(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """Curves, the per-class table, resources."""
    job = await api.get("jobs", job_id)
    if job["kind"] == "fetch":
        file = await _weights(api, job["weights"])
        return pages.show("fetch_overview.html", tab="overview", file=file, **_facts(job))
    names = await model_names(api, [job])
    return pages.show("job_overview.html", tab="overview", model_names=names, **_facts(job))


@router.get("/progress")
async def progress(
    api: ApiOf, pages: PagesOf, job_id: str, known: str = "", tab: str = ""
) -> Response:
    """The moving part of the header of a `tab`; with buttons when the state is not `known` now."""
    job = await api.get("jobs", job_id)
    facts = _facts(job)
    template = "_fetch_progress.html" if job["kind"] == "fetch" else "_job_progress.html"
    return pages.show(template, tab=tab, state_changed=known != facts["known"], **facts)


@router.get("/results")
async def results(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """The tables of the overview, after another validation."""
    job = await api.get("jobs", job_id)
    names = await model_names(api, [job])
    return pages.show("_job_results.html", model_names=names, **_facts(job))


@router.get("/resources")
async def resources(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """The resources of the overview, every few seconds."""
    job = await api.get("jobs", job_id)
    return pages.show("_job_resources.html", **_facts(job))


@router.get("/samples")
async def samples(api: ApiOf, pages: PagesOf, job_id: str, epoch: float | None = None) -> Response:
    """Predictions on fixed validation images, epoch by epoch."""
    job = await api.get("jobs", job_id)
    by_epoch = {event["epoch"]: event for event in job["samples"]}
    epochs = sorted(by_epoch)
    shown = _nearest(epochs, epoch)
    template = "_job_samples.html" if pages.is_fragment else "job_samples.html"
    return pages.show(
        template,
        tab="samples",
        epochs=epochs,
        shown=shown,
        step=_step(epochs),
        following=epoch is None,
        pictures=by_epoch[shown]["samples"] if shown is not None else [],
        **_facts(job),
    )


@router.get("/log")
async def log(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """The trainer's output; the newest part first, older parts on demand."""
    job = await api.get("jobs", job_id)
    text = await api.get("jobs", job_id, "log", tail=1)
    return pages.show("job_log.html", tab="log", log=text, **_facts(job))


@router.get("/settings")
async def settings(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """The spec, and how to ask for the same again elsewhere."""
    job = await api.get("jobs", job_id)
    if job["kind"] == "fetch":
        return pages.go("jobs", job_id)  # its one setting is on the overview
    catalogue, shown_as = await api.get("catalogue"), await _shown_as(api, job["spec"])
    return pages.show(
        "job_settings.html",
        tab="settings",
        properties=catalogue["hyper_parameters"]["properties"],
        shown_as=shown_as,
        model_names=await model_names(api, [job]),
        **_facts(job),
    )


async def _weights(api: Api, weights_id: str) -> dict[str, Any] | None:
    """What is known of a published file; None for one of another release."""
    try:
        file: dict[str, Any] = await api.get("weights", weights_id)
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return file


def _facts(job: dict[str, Any]) -> dict[str, Any]:
    """What every tab shows of a job."""
    validations = job["validations"]
    best = job["best"]["epoch"] if job["best"] else None
    at_best = [event for event in validations if event["epoch"] == best]
    return {
        "job": job,
        "look": STATES[job["state"]],
        "headline": _headline(job),
        "known": _known(job),
        "validations": validations,
        "has_curves": bool(validations) or job["state"] not in FINAL,
        "best_epoch": best,
        "at_best": at_best[0] if at_best else None,
        "latest": validations[-1] if validations else None,
        "class_curves": [
            {"name": entry["name"], "colour": entry["colour"], "id": entry["id"]}
            for entry in job["classes"]
        ],
    }


def _known(job: dict[str, Any]) -> str:
    """What buttons and links depend on; they are replaced when it changes."""
    fetch = [job["fetch"]["job_id"]] if job["fetch"] else []
    return ".".join([job["state"], str(job["attempt"]), *job["actions"], *fetch])


def _step(epochs: list[float]) -> float:
    """What a slider over `epochs` moves by: 1 unless some lie within an epoch."""
    gaps = [after - before for before, after in pairwise(epochs)]
    return 1 if all(gap % 1 == 0 for gap in gaps) else min(gaps)


def _headline(job: dict[str, Any]) -> str:
    reason = job["reason"] or "error"
    if job["kind"] == "fetch" and reason == "error":
        return "The download failed"
    return REASONS.get(reason, REASONS["error"])


def _nearest(epochs: list[float], wanted: float | None) -> float | None:
    if not epochs:
        return None
    if wanted is None:
        return epochs[-1]
    return min(epochs, key=lambda epoch: abs(epoch - wanted))


async def _shown_as(api: Api, spec: dict[str, Any]) -> dict[str, str]:
    """How to start the same again, under a free name; {} when this release refuses the spec."""
    again = spec | {"name": await free_name(api, spec["name"])}
    try:
        check = await api.post("specs", "check", body=again)
    except ApiProblem:
        return {}
    shown: dict[str, str] = check["as"] or {}
    return shown
