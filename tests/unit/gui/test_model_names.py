"""Own models are called by their names wherever a job began with one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi, Refused
from tests.unit.gui.fake_details import detail, spec_of
from tests.unit.gui.fake_jobs import LONG
from tests.unit.gui.html_page import HtmlPage
from training_api.spec.weights import Weights, WeightsMode

GONE = "m-gone"


def began_with(api: FakeApi, job_id: str, model: str) -> None:
    """Let a job of the API have begun with the weights of `model`."""
    job: dict[str, Any] = next(job for job in api.jobs if job["id"] == job_id)
    weights = Weights(mode=WeightsMode.model, model=model).model_dump(mode="json")
    api.changes[job_id] = {"spec": spec_of(job) | {"weights": weights}, "weights_event": None}


@pytest.mark.parametrize("page", ["", "/results", "/settings"])
async def test_the_job_names_its_model(pages: httpx.AsyncClient, api: FakeApi, page: str) -> None:
    began_with(api, "j-run", "m-j-done")
    assert f"Weights {LONG}" in HtmlPage(await pages.get(f"/jobs/j-run{page}")).words


async def test_a_job_tells_of_the_tensors_of_a_named_model(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    began_with(api, "j-done", "m-j-glu")
    job = next(job for job in api.jobs if job["id"] == "j-done")
    told = detail(job)["weights_event"] | {"mode": "model", "id": "m-j-glu"}
    api.changes["j-done"]["weights_event"] = told
    words = HtmlPage(await pages.get("/jobs/j-done")).words
    assert "Fast-SCNN: 122 tensors taken over" in words


async def test_a_deleted_model_keeps_its_id(pages: httpx.AsyncClient, api: FakeApi) -> None:
    began_with(api, "j-run", GONE)
    page = await pages.get("/jobs/j-run/settings")
    assert page.status_code == 200 and GONE in page.text


async def test_compared_jobs_name_their_models(pages: httpx.AsyncClient, api: FakeApi) -> None:
    began_with(api, "j-run", "m-j-glu")
    began_with(api, "j-stopped", GONE)
    words = HtmlPage(await pages.get("/compare?job=j-run&job=j-stopped")).words
    assert "Weights model Fast-SCNN m-gone" in words


async def test_models_of_one_name_are_told_apart(pages: httpx.AsyncClient, api: FakeApi) -> None:
    for model in api.models:
        model["name"] = "twin"
    began_with(api, "j-run", "m-j-glu")
    began_with(api, "j-stopped", "m-j-done")
    words = HtmlPage(await pages.get("/compare?job=j-run&job=j-stopped")).words
    assert "Weights model twin (m-j-glu) twin (m-j-done)" in words


async def test_a_damaged_model_hides_no_job(
    pages: httpx.AsyncClient, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> None:
        raise Refused(409, "corrupt", "manifest.json is no model manifest.")

    began_with(api, "j-run", "m-j-done")
    monkeypatch.setattr(api, "_get_models", damaged)
    page = await pages.get("/jobs/j-run")
    assert page.status_code == 200 and "m-j-done" in page.text


async def test_a_download_began_with_no_model(pages: httpx.AsyncClient) -> None:
    assert (await pages.get("/jobs/j-fetch")).status_code == 200
    assert (await pages.get("/compare?job=j-fetch&job=j-done")).status_code == 200
