"""Time and memory on the wizard's last page."""

from __future__ import annotations

import httpx

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_profiles import LOOKS
from tests.unit.gui.html_page import HtmlPage
from training_api.spec.profile import Step

HTMX = {"HX-Request": "true"}
READY = {"dataset": "camvid", "name": "a new one", "hp.epochs": "7"}


async def measured(pages: httpx.AsyncClient) -> HtmlPage:
    """The part as it is when the measurement has ended."""
    await pages.post("/new/measure", data=READY, headers=HTMX)
    for _ in range(LOOKS):
        answer = await pages.get("/new/measure", params=READY, headers=HTMX)
    return HtmlPage(answer)


async def test_nothing_is_measured_unasked(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/new/parameters", params=READY))
    button = page.by_id("measure")
    assert button["formaction"] == "/new/measure" and button["formmethod"] == "post"
    assert api.profiles.asked == 0


async def test_it_is_told_while_it_is_measured(pages: httpx.AsyncClient, api: FakeApi) -> None:
    response = await pages.post("/new/measure", data=READY, headers=HTMX)
    assert "<html" not in response.text
    part = HtmlPage(response)
    assert "Measuring a few steps" in part.text
    section = part.by_id("measured")
    assert section["hx-get"] == "/new/measure" and section["hx-include"] == "#wizard"
    assert section["hx-trigger"] == "every 1s"
    assert api.profiles.asked == 1


async def test_time_and_memory_for_the_present_values(pages: httpx.AsyncClient) -> None:
    part = await measured(pages)
    assert "About 7.0 s per epoch, 56 s in total, 1.9 GB of memory." in _plain(part.text)
    assert "hx-get" not in part.by_id("measured")
    again = HtmlPage(await pages.get("/new/parameters", params=READY))
    assert "56 s in total" in _plain(again.text), "shown without pressing"
    longer = READY | {"hp.epochs": "70"}
    live = HtmlPage(await pages.get("/new/parameters", params=longer, headers=HTMX))
    assert "8 min 18 s in total" in _plain(live.text)
    assert live.by_id("measured")["hx-swap-oob"] == "true"
    other = READY | {"hp.batch_size": "5"}
    assert HtmlPage(await pages.get("/new/parameters", params=other)).by_id("measure")


async def test_the_summary_tells_what_was_measured(pages: httpx.AsyncClient) -> None:
    before = HtmlPage(await pages.get("/new/parameters", params=READY))
    assert "Time about" not in before.words
    part = await measured(pages)
    assert part.by_id("summary")["hx-swap-oob"] == "true"
    assert "Speed 2.0 images/s at 32×32" in _plain(part.words) and "Time about 56 s" in _plain(
        part.words
    )
    longer = READY | {"hp.epochs": "70"}
    live = HtmlPage(await pages.get("/new/parameters", params=longer, headers=HTMX))
    assert "Time about 8 min 18 s" in _plain(live.words)


async def test_a_step_that_fits_can_be_taken(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.profiles.advice = Step(batch_size=1, accumulation=2)
    part = await measured(pages)
    assert "Batches of 4 images do not fit the memory" in part.text
    (link,) = [link for link in part.all("a") if "hp.accumulation=2" in link["href"]]
    page = HtmlPage(await pages.get(link["href"]))
    values = dict(page.form_values())
    assert (values["hp.batch_size"], values["hp.accumulation"]) == ("1", "2")
    assert values["hp.epochs"] == "7" and values["name"] == "a new one"


async def test_a_failure_is_told_and_can_be_tried_again(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.profiles.failure = "There was not enough memory."
    part = await measured(pages)
    assert "It could not be measured" in part.text and "not enough memory" in part.text
    assert part.by_id("measure")


async def test_wrong_values_are_not_measured(pages: httpx.AsyncClient, api: FakeApi) -> None:
    wrong = READY | {"hp.epochs": "0"}
    page = HtmlPage(await pages.get("/new/parameters", params=wrong))
    assert "Can be measured once all values above are right." in page.text
    await pages.post("/new/measure", data=wrong, headers=HTMX)
    assert api.profiles.asked == 0


async def test_without_script_the_page_comes_back_with_all_answers(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    response = await pages.post("/new/measure", data=READY)
    assert response.status_code == 303
    page = HtmlPage(await pages.get(response.headers["location"]))
    assert "Measuring a few steps" in page.text
    assert dict(page.form_values())["hp.epochs"] == "7"


def _plain(text: str) -> str:
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())
