"""In containers, by the port that is open: sign in, train, watch, try. The rest is as without."""

from __future__ import annotations

import re

from console import ROOT
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, Console
from tests.browser.patience import SLOW, TRAINING
from tests.compose_stack import Stack

PHOTO = ROOT / "datasets" / "dummy_dataset" / "images" / "panel_000.jpg"
QUICK = {"base-size": "64", "crop-size": "64", "batch-size": "8", "epochs": "2"}


def test_from_the_token_to_a_tried_model(
    page: Page, compose_stack: Stack, console: Console
) -> None:
    console.expected = "403"  # what a wrong token is answered with
    _sign_in(page, compose_stack)
    _describe(page)
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/jobs/job-\w+$"))
    rows = page.locator("#epochs tbody tr td:first-child[data-value]")
    expect(page.locator("#job-notice")).to_contain_text("The best model has", timeout=TRAINING)
    expect(rows).to_have_count(2)
    page.screenshot(path=SCREENS / "compose-overview.png", full_page=True)
    page.locator("#job-actions a", has_text="Try it").click()
    page.locator("#image").set_input_files(PHOTO)
    page.locator(".prediction.drawn").wait_for(timeout=SLOW)
    expect(page.locator(".class-share")).to_have_count(3)


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    page.locator("input[name=token]").fill("0123456789abcdef-wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("body")).to_contain_text("That is not the token")
    page.locator("input[name=token]").fill(stack.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#new-job")).to_be_visible()


def _describe(page: Page) -> None:
    """Through the wizard up to its Start button."""
    page.locator("#new-job").click()
    page.wait_for_url(re.compile(r"/new"))
    page.locator("input[name=dataset][value=dummy_dataset]").check()
    expect(page.locator("#summary")).to_contain_text("validation")
    page.get_by_role("button", name="Next").click()
    page.locator("#name").fill("in containers")
    page.get_by_role("button", name="Next").click()
    page.locator("summary", has_text="Advanced").click()
    for field, value in QUICK.items():
        page.locator(f"#hyper-parameters-{field}").fill(value)
    page.wait_for_url("**hp.epochs=2**")
