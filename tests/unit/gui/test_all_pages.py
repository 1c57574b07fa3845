"""What holds for every page: it answers, its links work, nothing of a name becomes markup."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx
import pytest

from tests.unit.gui.addresses import FRAGMENTS, PAGES
from tests.unit.gui.conftest import client_of
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import HOSTILE
from tests.unit.gui.html_page import HtmlPage
from training_api.spec.security.sessions import COOKIE


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_answers_and_says_what_it_is(pages: httpx.AsyncClient, address: str) -> None:
    response = await pages.get(address)
    assert response.status_code == 200
    page = HtmlPage(response)
    assert response.headers["cache-control"] == "no-store"
    assert re.search(r"<title>.+ · Segsmith</title>", response.text)
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1
    assert page.all("html") == [{"lang": "en", "data-theme": "auto", "data-root": ""}]


@pytest.mark.parametrize("address", [*PAGES, *FRAGMENTS])
async def test_nothing_inline_that_the_policy_would_block(
    pages: httpx.AsyncClient, address: str
) -> None:
    response = await pages.get(address)
    policy = response.headers["content-security-policy"]
    assert "'unsafe" not in policy and "default-src 'none'" in policy
    for tag, attributes in HtmlPage(response).tags:
        assert tag != "style" and "style" not in attributes
        assert not any(name.startswith("on") or name.startswith("hx-on") for name in attributes)
        assert tag != "script" or attributes.get("src", "").startswith("/static/")


@pytest.mark.parametrize("address", [*PAGES, *FRAGMENTS])
async def test_ids_are_there_once_and_labels_lead_to_fields(
    pages: httpx.AsyncClient, address: str
) -> None:
    page = HtmlPage(await pages.get(address))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for label in page.all("label"):
        assert "for" not in label or label["for"] in ids
    for _, attributes in page.tags:
        for name in ("aria-describedby", "aria-labelledby"):
            assert all(part in ids for part in attributes.get(name, "").split())


NOT_ASKED = re.compile(
    r".*(/stream|/stop|/resume|/move|/delete|/theme|/logout|/sample|/queue/\w+"  # forms, streams
    r"|/new/start|.*/fetch"
    r"|/download|/metrics\.csv|/agent/model"  # of the API, which has tests of its own
    r"|/new/dataset/read)|#.*|data:.*|/static/vendor/.*"  # sent with a value; installed by set-up
)


async def test_every_link_leads_somewhere(pages: httpx.AsyncClient, api: FakeApi) -> None:
    found: set[str] = set()
    for address in (*PAGES, *FRAGMENTS):
        found |= HtmlPage(await pages.get(address)).addresses()
    inner = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")
    followed = 0
    for link in sorted(found):
        path = urlsplit(link).path
        if NOT_ASKED.fullmatch(path or link):
            continue
        client = inner if path.startswith(("/api/", "/inference/")) else pages
        response = await client.get(link)
        assert response.status_code in (200, 303), link
        followed += 1
    assert followed > 100


@pytest.mark.parametrize(("prefix", "root_path"), [("/tools/s", ""), ("/tools/s", "/tools/s")])
async def test_all_addresses_stay_below_the_prefix(prefix: str, root_path: str) -> None:
    async with client_of(FakeApi(), prefix, root_path) as pages:
        for address in (*PAGES, *FRAGMENTS):
            response = await pages.get(root_path + address)
            assert response.status_code == 200, address
            for link in HtmlPage(response).addresses():
                assert link.startswith(("/tools/s/", "#", "data:")), (address, link)
        home = await pages.get(root_path + "/")
        jobs = next(link for link in HtmlPage(home).all("a") if link["href"] == "/tools/s/")
        assert jobs and 'href="/tools/s/" aria-current="page"' in home.text


async def test_a_hostile_name_stays_text(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.jobs[0]["name"] = api.models[0]["name"] = HOSTILE
    api.jobs[0]["message"] = api.jobs[0]["waiting_for"] = HOSTILE
    api.system["hostname"] = HOSTILE
    for address in ("/", "/jobs/j-run", "/models", "/models/m-j-done", "/system", "/try"):
        response = await pages.get(address)
        assert "alert(1)" in response.text
        assert "<script>alert" not in response.text
    hostile = httpx.QueryParams({"search": HOSTILE, "state": HOSTILE})
    response = await pages.get("/", params=hostile)
    assert response.status_code == 200 and "<script>alert" not in response.text


async def test_checks_are_told_by_their_titles(pages: httpx.AsyncClient) -> None:
    text = (await pages.get("/system")).text
    assert "Shared memory" in text and "docker_shm" not in text


async def test_nothing_yet(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.jobs, api.models, api.datasets, api.scans = [], [], [], {}
    home = HtmlPage(await pages.get("/"))
    assert home.by_id("train-sample") and "No jobs yet" in home.text
    for address in ("/models", "/datasets", "/try", "/new/dataset"):
        response = await pages.get(address)
        assert response.status_code == 200 and 'class="empty"' in response.text


async def test_static_files_are_ours_and_asked_for_again(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run"))
    files = [link for link in page.addresses() if link.startswith("/static/css/")]
    assert len(files) >= 5
    for link in files:
        response = await pages.get(link)
        assert response.status_code == 200 and response.headers["cache-control"] == "no-cache"
    assert (await pages.get("/static/../app.py")).status_code == 404
    assert (await pages.get("/static/%2e%2e/app.py")).status_code == 404


async def test_who_signed_in_can_sign_out(pages: httpx.AsyncClient) -> None:
    assert "sign-out" not in (await pages.get("/")).text
    pages.cookies.set(COOKIE, "a session")
    page = HtmlPage(await pages.get("/"))
    (form,) = [tag for tag in page.all("form") if tag.get("action", "").endswith("/logout")]
    assert form["method"] == "post" and page.by_id("sign-out")["aria-label"] == "Sign out"
