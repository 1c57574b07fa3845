"""What script adds to the wizard, over an API in memory."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.eventually import eventually
from tests.unit.gui.fake_api import FakeApi


def test_the_wizard_checks_as_one_types(page: Page, site: str) -> None:
    page.goto(site + "/new/parameters?dataset=camvid&name=x")
    page.fill("#hyper-parameters-epochs", "0")
    expect(page.locator("#problem-hyper-parameters-epochs")).to_contain_text("Must be at least 1")
    expect(page.locator("#hyper-parameters-epochs")).to_have_attribute("aria-invalid", "true")
    page.locator("[data-reset=hyper-parameters-epochs]").click()
    expect(page.locator("#problem-hyper-parameters-epochs")).to_be_empty()
    expect(page.locator("[data-reset=hyper-parameters-epochs]")).to_be_hidden()
    page.fill("#hyper-parameters-epochs", "44")
    expect(page.locator("#summary")).to_contain_text("44")
    eventually(page, lambda: parse_qs(urlsplit(page.url).query).get("hp.epochs") == ["44"])
    page.reload()
    expect(page.locator("#hyper-parameters-epochs")).to_have_value("44")
    page.locator("summary", has_text="Show as command line").click()
    expect(page.locator("#shown-yaml")).to_contain_text('"epochs": 44')


def test_a_choice_made_before_the_scripts_run_is_heard(page: Page, site: str) -> None:
    page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        " if (document.readyState !== 'interactive') return;"
        " document.querySelector('input[name=dataset][value=camvid]').checked = true; })"
    )
    page.goto(site + "/new")
    expect(page.locator("#dataset-panel .previews img")).to_have_count(4)
    expect(page).to_have_url(re.compile("dataset=camvid"))


def test_a_job_has_one_device(page: Page, site: str) -> None:
    page.goto(site + "/new/general?dataset=camvid")
    page.check("#device-1")
    expect(page.locator("#device-cpu")).not_to_be_checked()
    page.check("#device-2")
    expect(page.locator("#device-1")).not_to_be_checked()
    expect(page.locator("#summary")).to_contain_text("1 GPU")
    page.check("#device-cpu")
    expect(page.locator("#summary")).to_contain_text("CPU")


def test_an_answer_is_checked_in_its_step_whatever_has_the_focus(page: Page, site: str) -> None:
    """htmx would send what a form asks for to the address of the button that has the focus."""
    page.goto(site + "/new/general?dataset=camvid")
    page.fill("#name", "another")
    page.get_by_role("button", name="Back").focus()
    page.wait_for_url("**name=another**")
    assert urlsplit(page.url).path == "/new/general"


def test_measuring_at_once_loses_no_answer(page: Page, site: str) -> None:
    page.goto(site + "/new/parameters?dataset=camvid&name=x")
    page.fill("#hyper-parameters-epochs", "9")
    page.locator("#measure").focus()  # a button that posts to another address
    page.wait_for_url("**hp.epochs=9**")
    assert parse_qs(urlsplit(page.url).query)["dataset"] == ["camvid"]
    expect(page.locator("#summary")).to_contain_text("camvid")


def test_enter_in_a_field_starts_nothing(page: Page, site: str, api: FakeApi) -> None:
    page.goto(site + "/new/parameters?dataset=camvid&name=x")
    page.fill("#hyper-parameters-epochs", "9")
    page.locator("#hyper-parameters-epochs").press("Enter")
    page.wait_for_url("**hp.epochs=9**")
    assert ("POST", "/api/v1/jobs") not in [call[:2] for call in api.calls]
    page.go_back()


def test_the_datasets_own_split_can_be_left(page: Page, site: str) -> None:
    page.goto(site + "/new?dataset=dummy_dataset")
    expect(page.locator("#dataset-panel .previews img")).to_have_count(4)
    expect(page.locator("#split")).to_be_hidden()
    page.goto(site + "/new?dataset=camvid")
    expect(page.locator("#dataset-panel .previews img")).to_have_count(4)
    expect(page.locator("#split")).to_be_visible()
    words = page.locator("#split-words")
    expect(words).to_have_text(re.compile("own split: 367 images to learn from"))
    page.locator("#split").select_option("drawn")
    expect(words).to_have_text(re.compile("80 % for training: 374 images"))
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**split=drawn**")


def test_an_augmentation_shows_its_ranges_once_it_is_on(page: Page, site: str) -> None:
    page.goto(site + "/new/parameters?dataset=camvid&name=x")
    page.locator("summary", has_text="Advanced").click()
    page.locator("summary", has_text="Augmentations").click()
    expect(page.locator("#augmentations-scale-smallest")).to_be_visible()
    expect(page.locator("#augmentations-rotation-degrees")).to_be_hidden()
    page.locator("#augmentations-rotation").select_option("true")
    expect(page.locator("#augmentations-rotation-degrees")).to_be_visible()
    page.fill("#augmentations-rotation-degrees", "400")
    expect(page.locator("#problem-augmentations-rotation-degrees")).to_contain_text("at most 180")
    eventually(page, lambda: "aug.rotation.degrees=400" in page.url)
    page.reload()
    expect(page.locator("#augmentations-rotation-degrees")).to_be_visible()
    expect(page.locator("#augmentations-rotation-degrees")).to_have_value("400")
