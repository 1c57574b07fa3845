"""Waiting for what no locator sees."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.patience import SLOW


def eventually(page: Page, holds: object, message: object = "") -> None:
    """Wait until the function `holds` is true."""
    assert callable(holds)
    for _ in range(int(SLOW / 50)):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(message)
