"""A real browser, headless, that fails a test on any error in its console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from system_packages import require_chromium

from tests.browser.patience import SLOW
from tests.served import served
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_origin import one_origin

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENS = Path(__file__).resolve().parents[2] / ".setup" / "screens"
"""Where the last run's screenshots are, for people to look at."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium.

    Not for the whole session: while it is there, no test could run an event loop of its own.
    """
    SCREENS.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=SLOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=[*ARGUMENTS])
        yield browser
        browser.close()


class Console:
    """Errors and warnings of a page, breaches of the content policy among them.

    A message that holds `expected` is none: browsers log each refused request as an error. Nor is
    what htmx says of a request that gave way to a newer one; a failed one has a line of its own.
    """

    GAVE_WAY = ("htmx:afterRequest", "htmx:sendAbort")

    def __init__(self, page: Page) -> None:
        self.messages: list[str] = []
        self.expected = ""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.messages.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        known = self.expected and self.expected in message.text
        known = known or message.text.startswith(self.GAVE_WAY)
        if message.type in ("error", "warning") and not known:
            self.messages.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window of 1440 pixels."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(SLOW)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def console(page: Page) -> Iterator[Console]:
    """The page's console; the test fails if it holds an error at the end."""
    console = Console(page)
    yield console
    assert console.messages == []


@pytest.fixture
def api() -> FakeApi:
    """The API in memory, with a job in each state."""
    return FakeApi()


@pytest.fixture
def site(api: FakeApi) -> Iterator[str]:
    """The address of pages and API in memory on one port."""
    with served(one_origin(api)) as address:
        yield address
        api.streams.closing = True
