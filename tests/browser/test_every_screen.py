"""Every page at phone and desk size, light and dark: fits, is quiet, can be looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SCREENS, Console
from tests.browser.patience import SLOW
from tests.unit.gui import fake_images
from tests.unit.gui.addresses import PAGES

SCREEN_PAGES = [address for address in PAGES if "nothing" not in address and "gone" not in address]
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
    .filter(element => !element.closest('.scroll-x, .tabs, nav'))
    .map(element => element.outerHTML.slice(0, 120))"""
FAINT = """() => {
    const light = (colour) => {
        const parts = colour.match(/[\\d.]+/g).map(Number);
        if (parts.length > 3 && parts[3] < 1) return null;
        const [r, g, b] = parts.map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const found = light(getComputedStyle(at).backgroundColor);
            if (found !== null) return found;
        }
        return 1;
    };
    const faint = [];
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        const off = element.closest('[disabled], option, dialog:not([open])');
        if (!own || off || !element.checkVisibility()) continue;
        const [front, back] = [light(getComputedStyle(element).color), behind(element)];
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 100)}`);
    }
    return faint;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_every_screen(browser: Browser, site: str, width: int, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(SLOW)
    page = context.new_page()
    console = Console(page)
    for address in SCREEN_PAGES:
        page.goto(site + address, wait_until="load")
        page.wait_for_load_state("domcontentloaded")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (
            address,
            page.evaluate(TOO_WIDE),
        )
        assert page.evaluate(FAINT) == [], address
        page.screenshot(path=picture(address, width, theme), full_page=True)
    assert console.messages == []
    context.close()


def test_a_prediction_fits_too(browser: Browser, site: str, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(fake_images.png(fake_images.photo("photo")))
    for width in (375, 1440):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(SLOW)
        page.goto(site + "/try")
        page.set_input_files("#image", photo)
        page.locator(".prediction.drawn").wait_for()
        for view in ("overlay", "image", "mask", "side"):
            page.locator(f"[data-view={view}]").click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.screenshot(path=picture(f"/try {view}", width, "light"), full_page=True)
        page.close()


def settle(page: Page) -> None:
    """Wait until no request of htmx is under way and all pictures in sight are there."""
    page.locator(".htmx-request").first.wait_for(state="detached")
    for _ in range(200):
        if page.evaluate(
            "[...document.images].every(image => image.complete || image.loading === 'lazy')"
        ):
            return
        page.wait_for_timeout(50)


def picture(address: str, width: int, theme: str) -> Path:
    """A screenshot's file, named by what it shows."""
    name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "home"
    return SCREENS / f"{name[:60]}-{width}-{theme}.png"
