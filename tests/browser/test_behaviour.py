"""What script adds to the pages: live parts, keys, colours, drawing; over an API in memory."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.eventually import eventually
from tests.browser.index_png import BITS, encoded, ids_of
from tests.unit.gui import fake_images
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import validation

HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""

OUTLINE = """() => {
    const at = document.activeElement;
    return at === document.body ? '' : getComputedStyle(at.closest('.choice') ?? at).outlineStyle;
}"""


def test_keys(page: Page, site: str) -> None:
    page.goto(site + "/jobs/j-done")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    assert urlsplit(page.url).path == "/"
    page.keyboard.type("n?g")
    expect(page.locator("#search")).to_have_value("n?g")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/models")
    page.keyboard.press("n")
    page.wait_for_url("**/new/dataset")


def test_everything_is_reached_by_tab_and_seen(page: Page, site: str) -> None:
    page.goto(site + "/new/general?dataset=camvid")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
        assert page.evaluate(OUTLINE) != "none"
    assert {"name", "device-cpu", "preset-fast", "new-job", "Next", "Back"} <= reached


def test_colours_stay_switched(page: Page, site: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site + "/jobs/j-run")
    back = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(back)
    page.get_by_role("button", name="Colours: Dark").click()
    dark = page.evaluate(back)
    assert dark != light
    page.reload()
    assert page.evaluate(back) == dark
    expect(page.get_by_role("button", name="Colours: Dark")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_one_stream_that_closes_while_nobody_looks(page: Page, site: str, api: FakeApi) -> None:
    page.goto(site + "/jobs/j-run")
    eventually(page, lambda: api.streams.open == 1)
    page.evaluate(HIDE, True)
    eventually(page, lambda: api.streams.open == 0, "closed")
    page.evaluate(HIDE, False)
    eventually(page, lambda: api.streams.open == 1, "open again")
    page.goto(site + "/jobs/j-done")
    eventually(page, lambda: api.streams.open == 0, "an ended job has none")


def test_a_new_epoch_appears_by_itself(page: Page, site: str, api: FakeApi) -> None:
    page.goto(site + "/jobs/j-run")
    expect(page.locator(".chart canvas")).to_have_count(3)
    rows = page.locator("#epochs tbody tr")
    expect(rows).to_have_count(12)
    api.changes["j-run"] = {"validations": [validation(epoch) for epoch in range(1, 14)]}
    api.streams.tell("j-run", "training", validation(13))
    expect(rows).to_have_count(13)
    expect(page.locator("#class-table")).to_contain_text("epoch, 12")


def test_a_wild_value_does_not_flatten_the_others(page: Page, site: str, api: FakeApi) -> None:
    wild = [validation(epoch) for epoch in range(1, 13)]
    wild[0]["validation_loss"] = 86.0
    api.changes["j-run"] = {"validations": wild}
    page.goto(site + "/jobs/j-run")
    readings = page.locator(".chart-reading")
    expect(readings.nth(0)).to_have_text("Some values lie above the chart")
    expect(readings.nth(1)).to_be_empty()
    page.locator(".chart .u-over").first.hover(position={"x": 1, "y": 20})
    expect(readings.nth(0)).to_contain_text("validation 86.000")
    switch = page.get_by_role("button", name="Log scale")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(readings.nth(0)).to_be_empty()
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(readings.nth(0)).to_be_empty()


def test_the_end_of_a_job_changes_its_buttons(page: Page, site: str, api: FakeApi) -> None:
    page.goto(site + "/jobs/j-run")
    page.locator("#stop").focus()
    api.jobs[0] |= {"state": "succeeded", "actions": ["download", "try"], "model_id": "m-j-done"}
    api.streams.tell("j-run", "state", api.jobs[0])
    expect(page.locator("#job-progress [data-state=succeeded]")).to_be_visible()
    expect(page.locator("#job-notice")).to_contain_text("Next: try it on a photo")
    expect(page.locator("#stop")).to_have_count(0)
    eventually(page, lambda: api.streams.open == 1, "its files may still grow")


def test_the_list_moves_without_replacing_buttons(page: Page, site: str, api: FakeApi) -> None:
    page.goto(site + "/")
    page.evaluate("document.getElementById('stop-j-run').dataset.mine = 'yes'")
    api.jobs[0]["progress"] = api.jobs[0]["progress"] | {"epoch": 13}
    api.streams.tell("", "jobs", {"jobs": []})
    expect(page.locator("#moving-j-run")).to_contain_text("Epoch 13 of 30")
    assert page.evaluate("document.getElementById('stop-j-run').dataset.mine") == "yes"
    api.jobs[0] |= {"state": "succeeded", "ended": api.jobs[5]["ended"], "actions": ["try"]}
    api.streams.tell("", "jobs", {"jobs": []})
    expect(page.locator("#finished")).to_contain_text("car panel, U-Net")


@pytest.mark.parametrize("address", ["/datasets", "/new/dataset?dataset=camvid"])
def test_a_new_dataset_is_read_by_itself(page: Page, site: str, address: str) -> None:
    page.goto(site + address)
    card = page.locator(".dataset-choice", has_text="weld_seams")
    expect(card).to_contain_text("Healthy")
    expect(card).to_contain_text("60 images")
    assert page.locator("input[name=dataset]:checked").count() == ("camvid" in address)


def test_fields_stand_on_one_line(page: Page, site: str) -> None:
    page.goto(site + "/new/general?dataset=camvid&preset=own&engine=torch&network=unet")
    tops = """() => [...document.querySelectorAll("#network-choice .fields select")].slice(0, 3)
        .map((one) => Math.round(one.getBoundingClientRect().y))"""
    eventually(page, lambda: len({*page.evaluate(tops)}) == 1, "they stand at different heights")
    assert len(page.evaluate(tops)) == 3


def test_the_log_follows_can_be_read_and_searched(page: Page, site: str, api: FakeApi) -> None:
    api.log = [f"line {number}" for number in range(400)]
    page.goto(site + "/jobs/j-run/log")
    lines = page.locator(".log li")
    expect(lines).to_have_count(300)
    expect(lines.last).to_be_in_viewport()
    api.log.append("the newest")
    api.streams.tell("j-run", "log", {"lines": [], "start": 0, "next": 0})
    expect(page.get_by_text("the newest")).to_be_in_viewport()

    page.locator(".log").evaluate("box => { box.scrollTop = 40; }")
    expect(page.locator("#log-follow")).to_have_attribute("aria-pressed", "false")
    api.log.append("unseen")
    api.streams.tell("j-run", "log", {"lines": [], "start": 0, "next": 0})
    expect(lines).to_have_count(302)
    expect(page.get_by_text("unseen")).not_to_be_in_viewport()

    page.locator("#log-earlier").click()
    expect(lines).to_have_count(402)
    expect(page.locator("#log-earlier")).to_be_hidden()
    page.locator("#log-search").fill("line 39")
    expect(page.locator("#log-found")).to_have_text("11 lines")
    expect(page.locator(".log li:visible")).to_have_count(11)


def test_an_overlay_is_drawn_here(page: Page, site: str, tmp_path: Path) -> None:
    photo = tmp_path / "my photo.png"
    photo.write_bytes(fake_images.png(fake_images.photo("photo")))
    page.goto(site + "/try")
    page.set_input_files("#image", photo)
    page.locator(".prediction.drawn").wait_for()
    drawn = "document.getElementById('canvas-a').toDataURL()"
    overlay = page.evaluate(drawn)
    page.locator("#opacity").fill("25")
    assert page.evaluate(drawn) != overlay
    page.locator("[data-class='1']").uncheck()
    without = page.evaluate(drawn)
    page.locator("[data-class='1']").check()
    assert page.evaluate(drawn) != without
    expect(page.locator("#download-mask")).to_have_attribute("download", "my photo_mask.png")
    page.reload()
    page.set_input_files("#image", photo)
    page.locator(".prediction.drawn").wait_for()
    expect(page.locator("#opacity")).to_have_value("25")


def test_a_refusal_stays_to_be_read(
    page: Page, console: Console, site: str, api: FakeApi, tmp_path: Path
) -> None:
    api.refuse_images = "The image cannot be read. Save it as PNG or JPEG."
    console.expected = "status of 422"
    file = tmp_path / "broken.png"
    file.write_bytes(b"no image")
    page.goto(site + "/try")
    page.set_input_files("#image", file)
    expect(page.locator("#problem")).to_contain_text("broken.png: The image cannot be read")
    assert page.evaluate("document.querySelector('.prediction')") is None
    api.refuse_images = ""
    photo = tmp_path / "photo.png"
    photo.write_bytes(fake_images.png(fake_images.photo("photo")))
    page.set_input_files("#image", photo)
    page.locator(".prediction.drawn").wait_for()
    expect(page.locator("#problem")).to_be_empty()
    page.locator("[data-view=mask]").click()
    api.refuse_images = "The image cannot be read. Save it as PNG or JPEG."
    page.set_input_files("#image", file)
    expect(page.locator("#problem")).to_contain_text("broken.png")
    expect(page.locator(".prediction, #download-mask")).to_have_count(0)


@pytest.mark.parametrize("bits", BITS)
def test_class_ids_are_read_from_an_index_png(page: Page, site: str, bits: int) -> None:
    page.goto(site + "/models")
    ids = ids_of(bits)
    found = page.evaluate(
        """async bytes => {
            const module = await import('/static/js/png_index.js');
            const {width, height, ids} = await module.classIds(new Uint8Array(bytes));
            return {width, height, ids: [...ids]};
        }""",
        [*encoded(ids, bits)],
    )
    assert (found["width"], found["height"]) == (ids.shape[1], ids.shape[0])
    assert found["ids"] == ids.ravel().tolist()
