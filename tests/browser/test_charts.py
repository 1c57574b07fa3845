"""The charts of a job on a narrow screen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

WRITTEN = """(() => {
    window.written = [];
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        window.written.push(text);
        return draw.call(this, text, ...place);
    };
})()"""


def test_the_names_of_lines_are_not_cut(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 375, "height": 900})
    page.add_init_script(WRITTEN)
    page.goto(site + "/jobs/j-done")
    expect(page.locator(".chart canvas")).to_have_count(3)
    page.wait_for_function("window.written.some((text) => text.startsWith('background '))")
    written = page.evaluate("window.written")
    assert any(text.startswith("validation ") for text in written)
    assert not [text for text in written if "…" in text]
