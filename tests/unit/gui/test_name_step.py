"""The wizard stays with the name until there is one that is free."""

from __future__ import annotations

import httpx

from tests.unit.gui.html_page import HtmlPage


async def _sent_back(pages: httpx.AsyncClient, name: str) -> HtmlPage:
    """What "Next" of the second step leads to under this name."""
    answers = {"dataset": "camvid", "name": name}
    response = await pages.get("/new/parameters", params=answers, follow_redirects=True)
    assert response.url.path == "/new/general"
    return HtmlPage(response)


async def test_a_taken_name_stays_in_its_step(pages: httpx.AsyncClient) -> None:
    page = await _sent_back(pages, "Fast-SCNN")
    assert page.by_id("name")["value"] == "Fast-SCNN"
    assert page.by_id("name")["aria-invalid"] == "true"
    assert "Another job has this name." in page.words


async def test_no_name_is_asked_for_and_not_made_up(pages: httpx.AsyncClient) -> None:
    page = await _sent_back(pages, "")
    assert page.by_id("name")["value"] == ""
    assert page.by_id("name")["aria-invalid"] == "true"
    assert "Give the job a name." in page.words


async def test_a_long_name_is_not_cut(pages: httpx.AsyncClient) -> None:
    answers = {"dataset": "camvid", "name": "x" * 100}
    page = HtmlPage(await pages.get("/new/general", params=answers))
    assert page.by_id("name")["value"] == "x" * 100
    assert "maxlength" not in page.by_id("name"), "a browser would cut what is pasted, unsaid"
