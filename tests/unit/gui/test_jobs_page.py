"""The home page and what it does with jobs."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import waits_for_weights
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}


def asked(api: FakeApi, method: str) -> list[tuple[str, object]]:
    """(path, body) of every call of a method."""
    return [(path, body) for verb, path, body in api.calls if verb == method]


async def test_running_queued_and_finished(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/"))
    text = page.words
    assert "Epoch 12 of 30 · 1 min 32 s left" in text
    assert "The CPU slot is taken by “car panel, U-Net”." in text
    order = [text.index(word) for word in ("Running 4", "Queued 2", "Finished 5")]
    assert order == sorted(order)
    states = [tag["data-state"] for tag in page.all("span") if "data-state" in tag]
    assert states[:4] == ["running", "running", "stopping", "starting"]
    assert len([tag for tag in page.all("polyline") if tag["points"]]) == 2


async def test_search_and_state_are_in_the_address(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/", params={"search": "night", "state": "interrupted"}))
    assert page.by_id("search")["value"] == "night"
    assert "night run" in page.text and "Fast-SCNN" not in page.text
    assert [tag["value"] for tag in page.all("option") if "selected" in tag] == ["interrupted"]


async def test_only_the_moving_parts_come_while_nothing_else_changed(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = HtmlPage(await pages.get("/"))
    live = page.by_id("jobs-live")["hx-get"]
    same = await pages.get(live, headers=HTMX)
    assert same.headers["HX-Reswap"] == "none" and "HX-Trigger" not in same.headers
    assert "<button" not in same.text and 'id="moving-j-run"' in same.text
    api.jobs[0].update(state="succeeded", ended=api.jobs[5]["ended"])
    changed = await pages.get(live, headers=HTMX)
    assert changed.headers["HX-Trigger"] == "jobs-changed"
    assert "car panel, U-Net" not in HtmlPage(changed).text.split("Queued")[0]


async def test_older_jobs_are_a_page_further(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.next = "2_17"
    page = HtmlPage(await pages.get("/"))
    assert "/?state=&search=&before=2_17" in page.addresses()
    assert "5+" in page.text


async def test_a_download_is_shown_while_it_runs(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/"))
    assert "Download of torchvision:resnet34 12.3 MB of 46.8 MB · 26 % · 8.7 s left" in page.words
    assert "torchvision:resnet18" not in page.words and "torchvision:resnet101" not in page.words


async def test_a_job_that_waits_for_its_weights_shows_how_they_come(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    waits = "Its weights torchvision:resnet34 (87 MB) are fetched first."
    queued = next(job for job in api.jobs if job["id"] == "j-queued")
    queued.update(fetch=waits_for_weights(), waiting_for=waits)
    page = HtmlPage(await pages.get("/"))
    assert "Weights: 12.3 MB of 46.8 MB · 26 % · 8.7 s left" in page.words
    live = await pages.get(page.by_id("jobs-live")["hx-get"], headers=HTMX)
    assert "26 %" in live.text and 'id="moving-j-queued"' in live.text
    queued["fetch"]["progress"] = None
    live = await pages.get(page.by_id("jobs-live")["hx-get"], headers=HTMX)
    assert waits in HtmlPage(live).words and 'id="moving-j-queued"' in live.text


async def test_downloads_have_a_list_of_their_own(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/", params={"state": "downloads"}))
    assert page.by_id("resume-j-offline")
    names = [tag["href"] for tag in page.all("a") if tag["href"].startswith("/jobs/")]
    assert sorted(names) == ["/jobs/j-fetch", "/jobs/j-fetched", "/jobs/j-offline"]
    assert not [tag for tag in page.all("input") if tag.get("name") == "job"], "nothing to compare"
    live = await pages.get(page.by_id("jobs-live")["hx-get"], headers=HTMX)
    assert 'id="moving-j-fetch"' in live.text and "j-run" not in live.text


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ("j-fetch", "12.3 MB of 46.8 MB · 26 % · 8.7 s left"),
        ("j-fetched", "trainings can start from it"),
        ("j-offline", "There is no connection to download.pytorch.org"),
    ],
)
async def test_the_page_of_a_download(pages: httpx.AsyncClient, job: str, told: str) -> None:
    page = HtmlPage(await pages.get(f"/jobs/{job}"))
    assert told in page.words and "BSD-3-Clause" in page.words
    assert f"/jobs/{job}/log" in page.addresses() and f"/jobs/{job}/samples" not in page.addresses()
    assert "mIoU" not in page.words and "Train again" not in page.words
    settings = await pages.get(f"/jobs/{job}/settings")
    assert (settings.status_code, settings.headers["location"]) == (303, f"/jobs/{job}")


async def test_train_the_sample(pages: httpx.AsyncClient, api: FakeApi) -> None:
    response = await pages.post("/sample")
    assert (response.status_code, response.headers["location"]) == (303, "/jobs/j-new")
    assert asked(api, "POST")[-1] == (
        "/api/v1/jobs",
        {"name": "Sample", "dataset": "dv-0123456789abcdef", "preset": "fast"},
    )


async def test_actions_reach_the_api_and_come_back(pages: httpx.AsyncClient, api: FakeApi) -> None:
    for address, data, path, body, to in (
        ("/jobs/j-run/stop", {}, "/api/v1/jobs/j-run/stop", b"", "/jobs/j-run"),
        ("/jobs/j-run/stop", {"back": "jobs"}, "/api/v1/jobs/j-run/stop", b"", "/"),
        ("/jobs/j-killed/resume", {}, "/api/v1/jobs/j-killed/resume", b"", "/jobs/j-killed"),
        ("/jobs/j-queued/move", {"to": "1"}, "/api/v1/jobs/j-queued/move", {"to": 1}, "/"),
        ("/queue/pause", {}, "/api/v1/queue/pause", b"", "/"),
        ("/queue/resume", {}, "/api/v1/queue/resume", b"", "/"),
    ):
        response = await pages.post(address, data=data)
        assert (response.status_code, response.headers["location"]) == (303, to)
        assert asked(api, "POST")[-1] == (path, body)


async def test_deleting_says_what_is_lost_and_offers_to_keep_the_model(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = HtmlPage(await pages.get("/jobs/j-done/delete"))
    text = page.words
    assert "183 MB in all" in text and "30 finished epochs" in text
    assert "57.4 MB" in text
    ticked = [tag["value"] for tag in page.all("input") if "checked" in tag]
    assert ticked == ["keep"]
    response = await pages.post("/jobs/j-done/delete", data={"model": "delete"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert api.queries[-1] == ("DELETE", "/api/v1/jobs/j-done", {"model": "delete"})
    await pages.post("/jobs/j-failed/delete")
    assert api.queries[-1] == ("DELETE", "/api/v1/jobs/j-failed", {"model": "keep"})


async def test_a_paused_queue_says_so(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.system["queue"]["paused"] = True
    page = HtmlPage(await pages.get("/"))
    assert "The queue is paused" in page.text and page.has_id("queue-resume")


async def test_compare_shows_what_differs(pages: httpx.AsyncClient) -> None:
    query = [("job", "j-done"), ("job", "j-glu"), ("job", "j-done")]
    page = HtmlPage(await pages.get("/compare", params=query))
    text = page.words
    assert "Batch size" in text and "Network backbone" in text and "IoU pad" in text
    assert "Seed" not in text, "the same in both"
    assert [tag["data-key"] for tag in page.all("th") if "data-key" in tag] == [
        "epoch", "j-done", "j-glu",
    ]  # fmt: skip
