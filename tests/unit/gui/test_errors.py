"""What a page says when the API refuses, is gone, or asks who one is."""

from __future__ import annotations

import httpx

from gui.app import create_app
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.gone_api import page_without_service
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}


async def test_not_found_is_a_page(pages: httpx.AsyncClient) -> None:
    for address, words, way_on in (
        ("/nothing", "There is no page at /nothing.", "jobs"),
        ("/jobs/j-none", "There is no job j-none.", "jobs"),
        ("/models/none", "There is no model none.", "models"),
        ("/datasets/none", "There is no dataset none.", "datasets"),
    ):
        response = await pages.get(address)
        assert response.status_code == 404
        page = HtmlPage(response)
        assert words in page.text and f"Go to the {way_on}" in page.words
        assert ("/" if way_on == "jobs" else f"/{way_on}") == _button(page)["href"]


def _button(page: HtmlPage) -> dict[str, str]:
    """The link below the sentence."""
    return [tag for tag in page.all("a") if tag.get("class") == "button"][-1]


async def test_for_htmx_a_refusal_is_a_notice(pages: httpx.AsyncClient) -> None:
    response = await pages.get("/jobs/j-none/progress", headers=HTMX)
    assert response.status_code == 404 and "<html" not in response.text
    assert response.headers["HX-Retarget"] == "#problem"


async def test_a_value_that_no_form_of_ours_sends(pages: httpx.AsyncClient) -> None:
    response = await pages.post("/jobs/j-queued/move", data={"to": "up"})
    assert response.status_code == 422 and "does not fit: to" in response.text
    assert (await pages.get("/jobs/j-run/samples?epoch=last")).status_code == 422
    assert (await pages.put("/jobs/j-run/stop")).status_code == 405


async def test_the_api_is_gone() -> None:
    response = await page_without_service()
    assert response.status_code == 503 and "The service does not answer" in response.text


async def test_an_answer_that_is_no_json() -> None:
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(502, text="<h1>Bad</h1>")),
        base_url="http://api",
    )
    transport = httpx.ASGITransport(create_app(client))
    async with httpx.AsyncClient(transport=transport, base_url="http://segsmith") as pages:
        response = await pages.get("/models")
    assert response.status_code == 502 and "The API answered 502." in response.text


async def test_who_has_no_token_is_asked_for_it(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.token = "secret"
    response = await pages.get("/models")
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert (await pages.get("/live", headers=HTMX)).headers["HX-Redirect"] == "/login"


async def test_the_browsers_credentials_go_along(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.token = "secret"
    bearer = {"Authorization": "Bearer secret"}
    assert (await pages.get("/models", headers=bearer)).status_code == 200
    cookie = {"Cookie": "other=1; segsmith_session=secret"}
    assert (await pages.get("/models", headers=cookie)).status_code == 200


async def test_colours_are_remembered_and_lead_nowhere_else(pages: httpx.AsyncClient) -> None:
    for back, to in (
        ("/models", "/models"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nX: y", "/"),
        ("", "/"),
    ):
        response = await pages.post("/theme", data={"theme": "dark", "back": back})
        assert (response.status_code, response.headers["location"]) == (303, to)
    assert 'data-theme="dark"' in (await pages.get("/models")).text
    await pages.post("/theme", data={"theme": "<script>", "back": "/"})
    assert 'data-theme="auto"' in (await pages.get("/models")).text
