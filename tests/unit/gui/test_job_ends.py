"""One job: what its page says once it has ended."""

from __future__ import annotations

import httpx

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


async def test_a_run_that_made_all_of_its_epochs_says_just_these(pages: httpx.AsyncClient) -> None:
    words = HtmlPage(await pages.get("/jobs/j-done")).words
    assert "Done 30 epochs" in words


async def test_a_failure_before_the_first_validation_takes_the_empty_curves_away(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    running = HtmlPage(await pages.get("/jobs/j-run"))
    assert running.has_id("curves") and running.has_id("epoch-details")
    api.changes["j-failed"] = {"validations": []}
    news = await pages.get("/jobs/j-failed/progress?known=running.1.stop", headers=HTMX)
    for part in ("curves", "epoch-details"):
        assert HtmlPage(news).by_id(part)["hx-swap-oob"] == "delete"
    whole = HtmlPage(await pages.get("/jobs/j-failed"))
    assert not whole.has_id("curves") and not whole.has_id("epoch-details")


async def test_the_curves_of_a_failed_run_stay(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.changes["j-failed"] = {"validations": [validation(1)]}
    news = await pages.get("/jobs/j-failed/progress?known=running.1.stop", headers=HTMX)
    assert not HtmlPage(news).has_id("curves")
    assert HtmlPage(await pages.get("/jobs/j-failed")).has_id("curves")
