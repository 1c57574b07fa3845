"""One job: what its page says once it has ended."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import progress, validation
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}


async def test_a_run_that_ended_before_its_last_epoch_says_how_many_it_made(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.changes["j-done"] = {
        "progress": progress(3, 100),
        "validations": [validation(1), validation(2), validation(2) | {"epoch": 2.5}],
    }
    words = HtmlPage(await pages.get("/jobs/j-done")).words
    assert "2.5 of 100 epochs" in words and "Epoch 3 of 100" not in words


async def test_a_run_that_made_all_of_its_epochs_says_just_these(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    words = HtmlPage(await pages.get("/jobs/j-done")).words
    assert "Done 30 epochs" in words
    api.changes["j-done"] = {"progress": progress(1, 1), "validations": [validation(1)]}
    assert "Done 1 epoch 2 min" in HtmlPage(await pages.get("/jobs/j-done")).words


async def test_a_failure_before_the_first_validation_takes_the_empty_curves_away(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    running = HtmlPage(await pages.get("/jobs/j-run"))
    assert running.has_id("curves") and running.has_id("epoch-details")
    api.changes["j-failed"] = {"validations": []}
    news = await pages.get("/jobs/j-failed/progress?known=running&tab=overview", headers=HTMX)
    for part in ("curves", "epoch-details"):
        assert HtmlPage(news).by_id(part)["hx-swap-oob"] == "delete"
    whole = HtmlPage(await pages.get("/jobs/j-failed"))
    assert not whole.has_id("curves") and not whole.has_id("epoch-details")


@pytest.mark.parametrize("tab", ["samples", "log", "settings"])
async def test_tabs_without_curves_are_not_told_to_delete_them(
    pages: httpx.AsyncClient, api: FakeApi, tab: str
) -> None:
    api.changes["j-failed"] = {"validations": []}
    page = HtmlPage(await pages.get(f"/jobs/j-failed/{tab}"))
    address = page.by_id("job-progress")["hx-get"].replace("known=failed", "known=running")
    assert address.endswith(f"&tab={tab}")
    assert not HtmlPage(await pages.get(address, headers=HTMX)).has_id("curves")


async def test_an_interrupted_run_keeps_what_its_next_attempt_fills(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.changes["j-killed"] = {"validations": [], "repeats": True}
    news = await pages.get("/jobs/j-killed/progress?known=running.1&tab=overview", headers=HTMX)
    assert not HtmlPage(news).has_id("curves")
    whole = HtmlPage(await pages.get("/jobs/j-killed"))
    assert whole.has_id("curves") and whole.has_id("results")


async def test_the_curves_of_a_failed_run_stay(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.changes["j-failed"] = {"validations": [validation(1)]}
    news = await pages.get("/jobs/j-failed/progress?known=running&tab=overview", headers=HTMX)
    assert not HtmlPage(news).has_id("curves")
    assert HtmlPage(await pages.get("/jobs/j-failed")).has_id("curves")


async def test_a_resumed_run_says_what_it_does_before_its_first_step(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    unknown = dict.fromkeys(("images_per_second", "remaining_seconds", "loss", "lr"))
    api.changes["j-run"] = {"progress": progress(9) | unknown, "attempt": 2}
    words = HtmlPage(await pages.get("/jobs/j-run")).words
    assert "Epoch 9 of 30" in words and "Loading the framework and the first images" in words
