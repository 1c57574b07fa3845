"""One job: what its page says in each state."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import validation, waits_for_weights
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}
SAMPLES: list[dict[str, Any]] = [{"samples": []}] * 4


async def test_a_running_job(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run"))
    text = page.words
    for words in (
        "Epoch 12 of 30", "1 min 32 s left", "9.4 images/s", "best mIoU 0.819",
        "41 for training, 10 for validation", "14 328 499 parameters", "cpu, bfloat16",
    ):  # fmt: skip
        assert words in text
    assert page.by_id("stop") and page.has_id("job-progress")
    streams = [tag["sse-connect"] for _, tag in page.tags if "sse-connect" in tag]
    assert streams == ["/api/v1/jobs/j-run/stream?after=0&log=15"]


async def test_the_curves_are_a_table(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run"))
    assert page.by_id("epochs")["data-best"] == "12"
    heads = [tag.get("data-key") for tag in page.all("th")]
    for figure in page.all("figure"):
        assert set(figure["data-columns"].split()) <= set(heads)
    assert len([tag for tag in page.all("tr") if tag.get("class") == "best"]) == 1
    losses = [tag["data-value"] for tag in page.all("td") if "data-value" in tag]
    assert len(losses) == 12 * 7, "epoch, two losses, mIoU, three classes"


async def test_an_undefined_value_is_a_dash(pages: httpx.AsyncClient, api: FakeApi) -> None:
    undefined = validation(1) | {"recall": [0.9, None, None], "miou": None}
    api.changes["j-run"] = {"validations": [undefined]}
    page = HtmlPage(await pages.get("/jobs/j-run"))
    assert "–" in page.text and "None" not in page.text
    assert "" in [tag["data-value"] for tag in page.all("td") if "data-value" in tag]


@pytest.mark.parametrize(
    ("job", "words", "buttons"),
    [
        ("j-failed", "Out of memory", ["Resume", "Train again", "Delete"]),
        ("j-killed", "Ended from outside", ["Resume", "Train again", "Delete"]),
        ("j-done", "Next: try it on a photo", ["Try it", "Download", "Train again", "Delete"]),
        ("j-stopped", "Stopped in epoch 7 of 30", ["Resume", "Try it", "Download", "Delete"]),
        ("j-stopping", "finishes its step", []),
        ("j-queued", "The CPU slot is taken", ["Cancel"]),
    ],
)
async def test_an_end_says_why_and_what_next(
    pages: httpx.AsyncClient, job: str, words: str, buttons: list[str]
) -> None:
    text = HtmlPage(await pages.get(f"/jobs/{job}")).words
    assert words in text
    for button in buttons:
        assert button in text


async def test_one_that_waits_for_its_weights_shows_how_they_come(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    queued = next(job for job in api.jobs if job["id"] == "j-queued")
    before = HtmlPage(await pages.get("/jobs/j-queued")).by_id("job-progress")["hx-get"]
    waits = "Its weights torchvision:resnet34 (87 MB) are fetched first."
    queued.update(fetch=waits_for_weights(), waiting_for=waits)
    came = HtmlPage(await pages.get(before, headers=HTMX))
    assert came.by_id("job-notice")["hx-swap-oob"] == "true", "with the link to the download"
    page = HtmlPage(await pages.get("/jobs/j-queued"))
    for shown in (came, page):
        assert f"{waits} It starts by itself once they are here" in shown.words
        assert "Licence: BSD-3-Clause." in shown.words
        assert "Weights: 12.3 MB of 46.8 MB · 26 % · 8.7 s left" in shown.words
        assert "/jobs/j-fetch" in shown.addresses()
    moved = HtmlPage(await pages.get(page.by_id("job-progress")["hx-get"], headers=HTMX))
    assert not moved.has_id("job-notice") and not moved.all("a"), "nothing under the pointer"
    assert moved.by_id("waiting-for")["hx-swap-oob"] == "true" and waits in moved.words


async def test_weights_do_not_come_by_themselves_while_the_queue_is_paused(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    queued = next(job for job in api.jobs if job["id"] == "j-queued")
    queued.update(fetch=waits_for_weights(), waiting_for="The queue is paused.")
    shown = HtmlPage(await pages.get("/jobs/j-queued")).words
    assert "The queue is paused. Licence of its weights: BSD-3-Clause." in shown
    assert "by itself" not in shown


async def test_weights_that_did_not_come(pages: httpx.AsyncClient, api: FakeApi) -> None:
    failed = next(job for job in api.jobs if job["id"] == "j-failed")
    why = "Its weights torchvision:resnet34 could not be fetched. There is no connection to a.host."
    failed.update(reason="no_weights", message=why, fetch=waits_for_weights("failed"))
    page = HtmlPage(await pages.get("/jobs/j-failed"))
    assert why in page.words and "The weights to start from are not on this mac" in page.words
    assert "primary" in page.by_id("resume")["class"]
    assert "/jobs/j-fetch" in page.addresses()


async def test_a_stop_before_the_first_validation_is_told_once(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    told = "Stopped before the first validation: there is no model yet. Resume the job."
    api.changes["j-stopped"] = {"validations": [], "best": None, "notices": [told]}
    page = HtmlPage(await pages.get("/jobs/j-stopped"))
    boxes = [tag for tag in page.all("div") if "notice" in tag.get("class", "")]
    assert len(boxes) == 1 and page.words.count("Resume the job.") == 1
    assert "first point appears" not in page.words and "Filled in after" not in page.words


async def test_a_failure_shows_remedy_and_log(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-failed"))
    assert "Lower the batch size or the base size" in page.text
    assert "torch.OutOfMemoryError: <tried to allocate 5.2 GiB>" in page.text
    assert "/jobs/j-failed/again" in page.addresses()


async def test_one_that_is_repeated_by_itself_says_so(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.changes["j-killed"] = {"repeats": True}
    assert "starts again by itself" in (await pages.get("/jobs/j-killed")).text


async def test_buttons_are_replaced_only_when_they_change(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run"))
    address = page.by_id("job-progress")["hx-get"]
    same = HtmlPage(await pages.get(address, headers=HTMX))
    assert same.has_id("job-progress") and not same.has_id("job-actions")
    api.jobs[0]["actions"] = ["stop"]
    other = HtmlPage(await pages.get(address, headers=HTMX))
    assert other.by_id("job-actions")["hx-swap-oob"] == "true"
    assert other.by_id("job-progress")["hx-get"] != address


async def test_samples_of_an_epoch(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run/samples", params={"epoch": 3}))
    images = [tag["src"] for tag in page.all("img")]
    assert len(images) == 9
    assert images[1] == "/api/v1/jobs/j-run/samples/0003/IMG_20190308_113012_truth.png"
    assert page.by_id("epoch") | {"min": "1", "max": "12", "value": "3"} == page.by_id("epoch")
    assert page.by_id("samples")["hx-trigger"] == "none", "a chosen epoch stays"
    newest = HtmlPage(await pages.get("/jobs/j-run/samples", headers=HTMX))
    assert newest.by_id("samples")["hx-trigger"] == "sse:sample"
    assert newest.by_id("epoch")["value"] == "12" and not newest.all("html")


async def test_samples_say_how_many_of_which_and_in_what_colours(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/jobs/j-run/samples"))
    assert "backgroundpadcircle 3 of 10 validation images" in page.words.replace("\n", "")
    swatches = [tag["class"] for tag in page.all("svg") if "swatch" in tag.get("class", "")]
    assert swatches == ["swatch unpainted", "swatch", "swatch"], "the background is not painted"


async def test_compared_jobs_of_different_datasets(pages: httpx.AsyncClient, api: FakeApi) -> None:
    address = "/compare?job=j-done&job=j-glu"
    page = HtmlPage(await pages.get(address))
    assert "Dataset dummy_dataset dummy_dataset" in page.words
    assert "different datasets" not in page.words
    api.jobs[-1]["dataset"] = {"id": "dv-2222222222222222", "name": "camvid"}
    page = HtmlPage(await pages.get(address))
    assert "Dataset dummy_dataset camvid" in page.words and "dv-2222222222222222" not in page.words
    assert "These jobs used different datasets" in page.words


async def test_validations_within_an_epoch_keep_their_places(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    at = [0.333333, 0.666667, 1, 1.333333]
    events = [validation(1) | {"epoch": epoch, "best": epoch == 0.666667} for epoch in at]
    pictures = [
        api_sample | {"epoch": epoch} for epoch, api_sample in zip(at, SAMPLES, strict=True)
    ]
    best = {"miou": 0.5, "epoch": 0.666667}
    api.changes["j-run"] = {"validations": events, "samples": pictures, "best": best}
    page = HtmlPage(await pages.get("/jobs/j-run"))
    assert page.by_id("epochs")["data-best"] == "0.666667"
    values = [tag["data-value"] for tag in page.all("td") if "data-value" in tag]
    assert values[::7] == ["0.333333", "0.666667", "1", "1.333333"]
    assert "0.67 best" in page.words and "best epoch, 0.67" in page.words
    samples = HtmlPage(await pages.get("/jobs/j-run/samples", params={"epoch": 0.6}))
    slider = samples.by_id("epoch")
    assert (slider["min"], slider["max"], slider["value"]) == ("0.333333", "1.333333", "0.666667")
    assert float(slider["step"]) == pytest.approx(1 / 3, abs=1e-5)


async def test_the_log_is_text(pages: httpx.AsyncClient) -> None:
    response = await pages.get("/jobs/j-run/log")
    page = HtmlPage(response)
    assert "notice: <b>not bold</b> & nothing to escape here" in page.text
    assert "<b>" not in response.text
    assert len([tag for tag in page.all("li") if not tag]) >= 14
    assert {"/api/v1/jobs/j-run/log.txt"} <= page.addresses()


async def test_settings_by_their_titles(pages: httpx.AsyncClient) -> None:
    text = HtmlPage(await pages.get("/jobs/j-run/settings")).text
    assert "Learning rate" in text and "Validation batch size" in text
    assert "segsmith train dv-0123456789abcdef" in text
    assert '"name": "car panel, U-Net 2"' in text, "the same name is taken by the job itself"


async def test_train_again_fills_the_wizard_in(pages: httpx.AsyncClient) -> None:
    response = await pages.get("/jobs/j-glu/again")
    address = httpx.URL(response.headers["location"])
    assert address.path == "/new/general"
    query = dict(address.params)
    assert query["dataset"] == "dummy_dataset" and query["name"] == "Fast-SCNN 2"
    assert query["preset"] == "own" and query["engine"] == "gluoncv"
    assert query["network"] == "fastscnn"
    preset = dict(httpx.URL((await pages.get("/jobs/j-run/again")).headers["location"]).params)
    assert preset["preset"] == "fast"
    assert not [name for name in preset if name.startswith("hp.")]


async def test_a_job_without_dataset(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.jobs[0]["dataset"] = {"id": None, "name": None}
    api.changes["j-run"] = {"classes": [], "started_event": None}
    for address in ("/", "/jobs/j-run"):
        assert (await pages.get(address)).status_code == 200


async def test_every_tensor_that_did_not_match_is_named(pages: httpx.AsyncClient) -> None:
    words = HtmlPage(await pages.get("/jobs/j-done")).words
    assert "torchvision:fcn_resnet50_coco: 122 tensors taken over" in words
    assert "of the head the rows for background, backbone frozen" in words
    for name in ("stem.conv.weight", "aux_classifier.4.weight", "classifier.4.bias"):
        assert name in words
    assert "from scratch" in HtmlPage(await pages.get("/jobs/j-run")).words
