"""The wizard's summary of how long a run will be."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui.html_page import HtmlPage

READY = {"dataset": "camvid", "name": "a new one"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"hp.batch_size": "4"}, "92 per epoch, 920 in all"),
        ({"hp.batch_size": "4", "hp.accumulation": "5"}, "19 per epoch, 190 in all"),
        ({"hp.batch_size": "4", "hp.max_steps": "100"}, "92 per epoch, 100 in all"),
    ],
)
async def test_the_summary_counts_the_steps_that_will_be_done(
    pages: httpx.AsyncClient, typed: dict[str, str], words: str
) -> None:
    page = HtmlPage(await pages.get("/new/parameters", params=READY | {"hp.epochs": "10"} | typed))
    assert words in page.words


@pytest.mark.parametrize(
    ("typed", "words"),
    [("2", "in 2 minutes"), ("1", "in 1 minute "), ("0.5", "in 0.5 minutes"), ("0", ""), ("x", "")],
)
async def test_the_summary_tells_of_the_limit_of_minutes(
    pages: httpx.AsyncClient, typed: str, words: str
) -> None:
    params = READY | {"hp.epochs": "100", "hp.max_minutes": typed}
    text = HtmlPage(await pages.get("/new/parameters", params=params)).words + " "
    assert ("100, as far as they get" in text) == bool(words) and words in text
