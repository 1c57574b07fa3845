"""The wizard's Weights: what fits, what is here, and fetching the rest without losing answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from docker_sdk_api.catalogue import catalogue
from gui.catalogue import Catalogue
from gui.job_spec import draft_of, spec_of
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import fetch
from tests.unit.gui.fake_weights import ABSENT, COMING, PRESENT
from tests.unit.gui.html_page import HtmlPage
from tests.unit.gui.test_wizard import HTMX, started
from training_api.spec.job import JobSpec

UNET = {"dataset": "camvid", "name": "x", "preset": "own", "engine": "torch", "network": "unet"}
IMAGENET = UNET | {"option.backbone": "resnet18", "weights": "imagenet"}
DEEPLAB = UNET | {"network": "deeplabv3", "option.backbone": "resnet101"}
MISSING = DEEPLAB | {"weights": "imagenet"}


async def shown(pages: httpx.AsyncClient, draft: dict[str, str], step: str = "general") -> HtmlPage:
    response = await pages.get(f"/new/{step}", params=draft)
    assert response.status_code == 200
    return HtmlPage(response)


def ways(page: HtmlPage) -> dict[str, bool]:
    """By mode, whether it can be chosen."""
    radios = [tag for tag in page.all("input") if tag.get("name") == "weights"]
    return {tag["value"]: "disabled" not in tag for tag in radios}


async def test_only_what_fits_the_network_can_be_chosen(pages: httpx.AsyncClient) -> None:
    page = await shown(pages, UNET | {"option.backbone": "resnet18"})
    assert ways(page) == {
        "scratch": True,
        "imagenet": True,
        "named": False,
        "model": True,
        "classifier": True,
    }
    assert dict(page.form_values())["weights"] == "scratch"
    assert "None is published for this network and backbone." in page.words
    own = await shown(pages, UNET | {"option.backbone": "resnet18", "weights": "model"})
    assert "(dummy_dataset, mIoU 0.8" in own.words
    assert ways(await shown(pages, DEEPLAB))["named"]


async def test_a_file_that_is_here_is_ready(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = await shown(pages, IMAGENET)
    values = dict(page.form_values())
    assert (values["weights"], values["weights.imagenet"]) == ("imagenet", PRESENT)
    assert "On this machine" in page.words and not page.has_id("fetch-weights")
    assert "46.8 MB" in page.words and "BSD-3-Clause" in page.words
    await pages.post("/new/start", data=values | {"weights.freeze": "true"})
    assert started(api)[-1]["weights"] == {
        "mode": "imagenet",
        "name": PRESENT,
        "freeze_backbone": True,
    }


async def test_another_backbone_takes_its_own_file(pages: httpx.AsyncClient) -> None:
    draft = MISSING | {"weights.imagenet": PRESENT}
    page = HtmlPage(await pages.get("/new/network", params=draft, headers=HTMX))
    selected = [tag["value"] for tag in page.all("option") if "selected" in tag]
    assert ABSENT in selected and PRESENT not in selected
    page = await shown(pages, MISSING | {"option.backbone": "resnet50"})
    assert dict(page.form_values())["weights"] == "scratch", "nothing is published for it"


async def test_a_missing_file_is_fetched_from_the_page(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = await shown(pages, MISSING)
    button = page.by_id("fetch-weights")
    assert button["value"] == ABSENT and "Not on this machine" in page.words
    assert "46.8 MB are fetched first, when the job starts." in page.words
    data = dict(page.form_values()) | {"fetch": ABSENT}
    response = await pages.post(button["hx-post"], data=data, headers=HTMX)
    assert api.weights.fetched == [ABSENT]
    part = HtmlPage(response)
    assert part.by_id("weights-file")["sse-connect"] == "/api/v1/jobs/j-fetch/stream"
    assert "12.3 MB of 46.8 MB · 26 % · 8.7 s left" in part.words

    plain = await pages.post(button["formaction"], data=data)
    address = urlsplit(plain.headers["location"])
    assert (plain.status_code, address.path) == (303, "/new/general")
    assert parse_qs(address.query)["weights"] == ["imagenet"]
    assert parse_qs(address.query)["option.backbone"] == ["resnet101"]


async def test_a_fetch_on_its_way_is_followed(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = await shown(pages, UNET | {"option.backbone": "resnet34", "weights": "imagenet"})
    inside = page.by_id("weights-state")
    query = parse_qs(urlsplit(inside["hx-get"]).query)
    assert query == {"weights": [COMING], "job": ["j-fetch"], "step": ["general"]}
    still = await pages.get(inside["hx-get"], headers=HTMX)
    assert "HX-Trigger" not in still.headers and "26 %" in still.text

    file = api.weights.one(COMING)
    assert file is not None
    file.update(present=True, job_id=None)
    api.jobs[1].update(state="succeeded", ended=api.jobs[0]["started"])
    come = await pages.get(inside["hx-get"], headers=HTMX)
    assert come.headers["HX-Trigger"] == "weights-arrived"
    assert "On this machine" in come.text and "hx-get" not in HtmlPage(come).by_id("weights-state")


async def test_a_failed_fetch_says_why_and_can_be_tried_again(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    query = {"weights": ABSENT, "job": "j-offline"}
    page = HtmlPage(await pages.get("/new/weights/file", params=query, headers=HTMX))
    assert "There is no connection to download.pytorch.org" in page.words
    assert page.by_id("fetch-weights")["value"] == ABSENT and "Try again" in page.words


async def test_the_last_step_offers_to_fetch_too(pages: httpx.AsyncClient) -> None:
    page = await shown(pages, MISSING, "parameters")
    assert "The weights come first" in page.words and page.has_id("start")
    assert "46.8 MB are fetched first" in page.words and "BSD-3-Clause" in page.words
    assert page.by_id("fetch-weights")["hx-post"].endswith("step=parameters")
    page = await shown(pages, IMAGENET, "parameters")
    assert not page.has_id("weights-file")


async def test_a_wrong_choice_is_told_beside_the_weights(
    pages: httpx.AsyncClient, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [{"field": "weights.model", "message": "model: it is gone."}]
    monkeypatch.setattr(api, "_problems", lambda spec: wrong)
    page = await shown(pages, IMAGENET)
    assert "It is gone." in page.words
    live = await pages.get("/new/general", params=IMAGENET, headers=HTMX)
    assert HtmlPage(live).by_id("problem-weights")["hx-swap-oob"] == "true"


async def test_a_repeated_fetch_counts_as_on_its_way(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.jobs.append(fetch("j-again", ABSENT, "interrupted", repeats=True))
    query = {"weights": ABSENT, "job": "j-again"}
    page = HtmlPage(await pages.get("/new/weights/file", params=query, headers=HTMX))
    assert "hx-get" in page.by_id("weights-state") and not page.has_id("fetch-weights")


WEIGHTS: list[dict[str, Any]] = [
    {"mode": "scratch"},
    {"mode": "imagenet"},
    {"mode": "imagenet", "name": "torchvision:resnet50-v2", "freeze_backbone": True},
    {"mode": "named", "name": "torchvision:fcn_resnet50_coco"},
    {"mode": "model", "model": "model-1"},
    {"mode": "classifier", "classifier": "good or bad", "freeze_backbone": True},
]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_come_back_as_themselves(weights: dict[str, Any]) -> None:
    real = Catalogue(catalogue())
    document = {"name": "x", "dataset": "dv-1", "preset": "fast", "weights": weights}
    full = JobSpec.model_validate(document).document()
    again = draft_of(full, "camvid", real).having(name="x")
    assert JobSpec.model_validate(spec_of(again, real, "dv-1")).document() == full
