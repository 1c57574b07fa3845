"""From photos to a tested model: a real run of the real service, all through the browser."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, Console
from tests.browser.patience import SLOW, TRAINING
from tests.command_line import CommandLine, Server
from tests.training_jobs import make_dataset
from tests.waiting import until
from training_api.spec.model import verify_model

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
PHOTO = DATASETS / "dummy_dataset" / "images" / "panel_000.jpg"
LABEL = DATASETS / "dummy_dataset" / "labels" / "panel_000.png"
QUICK = {"base-size": "160", "batch-size": "4", "learning-rate": "0.002"}
"""Smaller images than the preset takes: quick, and good enough to tell learning from luck."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`segsmith serve` with a home of its own; what still trains at the end is stopped."""
    place = tmp_path_factory.mktemp("browser")
    make_dataset(place / "more" / "broken")
    next((place / "more" / "broken" / "labels").iterdir()).unlink()
    command_line = CommandLine(place / "home")
    with command_line.service("--datasets", DATASETS, "--datasets", place / "more") as service:
        yield service
        with httpx.Client(base_url=service.url + "/api/v1", timeout=60, trust_env=False) as client:
            for job in _active(client):
                client.post(f"/jobs/{job}/stop")
            until(lambda: not _active(client))


def _active(client: httpx.Client) -> list[str]:
    ended = ("succeeded", "failed", "cancelled", "interrupted")
    jobs = client.get("/jobs").json()["jobs"]
    return [job["id"] for job in jobs if job["state"] not in ended]


def describe(page: Page, service: Server, name: str, epochs: int) -> None:
    """Walk through the wizard up to its Start button."""
    page.goto(service.url)
    page.locator("#new-job").click()
    page.wait_for_url(re.compile(r"/new"))
    page.locator("input[name=dataset][value=dummy_dataset]").check()
    expect(page.locator(".previews img")).to_have_count(4)
    expect(page.locator("#summary")).to_contain_text("validation")
    page.get_by_role("button", name="Next").click()
    page.locator("#name").fill(name)
    page.get_by_role("button", name="Next").click()
    page.locator("summary", has_text="Advanced").click()
    for field, value in (QUICK | {"epochs": str(epochs)}).items():
        page.locator(f"#hyper-parameters-{field}").fill(value)
    expect(page.locator("#summary")).to_contain_text(f"{epochs}")
    page.wait_for_url(f"**hp.epochs={epochs}**")


def test_from_photos_to_a_tested_model(page: Page, service: Server, tmp_path: Path) -> None:
    describe(page, service, "from photos", 8)
    page.reload()
    expect(page.locator("#hyper-parameters-base-size")).to_have_value("160")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#name")).to_have_value("from photos")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#hyper-parameters-epochs")).to_have_value("8")
    assert httpx.get(f"{service.url}/api/v1/jobs", trust_env=False).json()["jobs"] == []

    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/jobs/job-\w+$"))
    job = page.url
    _watch(page)
    _look_at_the_rest(page, job)
    model = _take_away(page, job, tmp_path)
    _try_it(page, job, tmp_path)
    _delete(page, job, model)


def _watch(page: Page) -> None:
    """The page of the running job tells it all without being asked."""
    rows = page.locator("#epochs tbody tr td:first-child[data-value]")
    expect(page.locator("#job-progress")).to_contain_text("images/s", timeout=TRAINING)
    expect(rows).not_to_have_count(0, timeout=TRAINING)
    expect(page.locator("#job-actions")).to_contain_text("Try it")
    expect(page.locator("#class-table")).to_contain_text("circle")
    expect(page.locator(".chart canvas")).to_have_count(3)
    expect(page.locator("#job-notice")).to_contain_text("The best model has", timeout=TRAINING)
    expect(rows).to_have_count(8)
    expect(page.locator("#job-progress")).to_contain_text("8 epochs")
    expect(page.locator("#stop")).to_have_count(0)
    for canvas in page.locator(".chart canvas").all():
        colours = canvas.evaluate(
            "c => new Set(new Uint32Array(c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data.buffer)).size"
        )
        assert colours > 10, "lines, grid and words are drawn"
    miou = [
        float(text) for text in page.locator("#epochs tbody td:nth-child(5)").all_text_contents()
    ]
    assert max(miou) > 0.6, miou
    assert max(miou[4:]) > miou[0], "it learnt"
    losses = page.locator("#epochs tbody td:nth-child(2)").all_text_contents()
    assert float(losses[-1]) < float(losses[0])
    page.screenshot(path=SCREENS / "real-overview.png", full_page=True)


def _look_at_the_rest(page: Page, job: str) -> None:
    page.goto(job + "/samples")
    expect(page.locator("#epoch")).to_have_value("8")
    page.locator("#epoch").fill("1")
    page.wait_for_url("**epoch=1")
    for image in page.locator(".triple img").all():
        image.scroll_into_view_if_needed()
        until(lambda image=image: image.evaluate("image => image.naturalWidth > 0"))
    page.goto(job + "/log")
    expect(page.locator(".log")).to_contain_text("Segsmith trainer, attempt 1")
    page.locator("#log-search").fill("epoch 8/8")
    expect(page.locator(".log li:visible")).to_have_count(1)
    with page.expect_download() as log:
        page.locator(".log-tools a").click()
    assert "Epoch 8/8" in Path(log.value.path()).read_text()
    page.goto(job + "/settings")
    expect(page.locator("#shown-cli")).to_contain_text("--base-size 160")


def _take_away(page: Page, job: str, place: Path) -> str:
    """Download the model and verify every file of it; its id."""
    page.goto(job)
    with page.expect_download() as download:
        page.locator("#job-actions a", has_text="Download").click()
    assert download.value.suggested_filename == "from photos.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(place / "model")
    manifest = verify_model(place / "model")
    assert [entry.name for entry in manifest.classes] == ["background", "pad", "circle"]
    assert manifest.metrics["miou"] > 0.6
    assert (place / "model" / "predict.py").is_file()
    return manifest.id


def _try_it(page: Page, job: str, place: Path) -> None:
    """The mask that the page gives fits the label, and is drawn over the photo."""
    page.locator("#job-actions a", has_text="Try it").click()
    page.locator("#image").set_input_files(PHOTO)
    page.locator(".prediction.drawn").wait_for(timeout=SLOW)
    with page.expect_download() as download:
        page.locator("#download-mask").click()
    mask = np.asarray(Image.open(io.BytesIO(Path(download.value.path()).read_bytes())))
    truth = np.asarray(Image.open(LABEL))
    assert mask.shape == truth.shape
    assert (mask == truth)[truth != 255].mean() > 0.85
    shown = page.locator(".class-share").all_text_contents()
    shares = [float(text.split()[0]) / 100 for text in shown]
    assert shares == pytest.approx([(mask == index).mean() for index in range(3)], abs=0.001)
    page.screenshot(path=SCREENS / "real-try-it.png", full_page=True)


def _delete(page: Page, job: str, model: str) -> None:
    """The job goes, its model stays until it is deleted too."""
    page.goto(job)
    page.locator("#job-actions a", has_text="Delete").click()
    expect(page.locator("form.panel")).to_contain_text("8 finished epochs")
    page.get_by_role("button", name="Delete the job").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator("main")).not_to_contain_text("from photos")
    page.goto(page.url + "models")
    expect(page.locator("main")).to_contain_text("from photos")
    page.get_by_role("link", name="Delete from photos").click()
    assert model in page.url
    page.get_by_role("button", name="Delete the model").click()
    expect(page.get_by_role("heading", name="No models yet")).to_be_visible()


def test_stop_resume_and_try_while_it_trains(page: Page, service: Server) -> None:
    describe(page, service, "stop and go", 400)
    page.locator("#start").click()
    page.wait_for_url(re.compile(r"/jobs/job-\w+$"))
    progress, actions = page.locator("#job-progress"), page.locator("#job-actions")
    expect(actions).to_contain_text("Try it", timeout=TRAINING)
    page.get_by_role("link", name="Try it").nth(1).click()
    page.locator("#image").set_input_files(PHOTO)
    page.locator(".prediction.drawn").wait_for(timeout=TRAINING)
    page.go_back()

    page.locator("#stop").click()
    expect(progress.locator("[data-state=cancelled]")).to_be_visible(timeout=TRAINING)
    expect(page.locator("#job-notice")).to_contain_text("Resume goes on from the last checkpoint")
    expect(actions).to_contain_text("Download")
    done = int(re.search(r"Epoch (\d+) of 400", progress.inner_text())[1])  # type: ignore[index]
    before = page.locator("#epochs tbody tr").count()
    assert before >= done - 1

    page.locator("#resume").click()
    expect(progress).to_contain_text("attempt 2")
    expect(progress.locator("[data-state=running]")).to_be_visible(timeout=TRAINING)
    expect(page.locator("#epochs tbody tr")).not_to_have_count(before, timeout=TRAINING)
    epochs = page.locator("#epochs tbody td:first-child").all_text_contents()
    assert [int(text.split()[0]) for text in epochs] == list(range(1, len(epochs) + 1))
    page.goto(page.url + "/log")
    expect(page.locator(".log")).to_contain_text("attempt 2")
    page.locator("#stop").click()
    expect(progress.locator("[data-state=cancelled]")).to_be_visible(timeout=TRAINING)


def test_bad_input_is_said_where_it_is(page: Page, service: Server, console: Console) -> None:
    """After the jobs above: their names are taken."""
    console.expected = "422"  # a refused form comes back with that
    page.goto(service.url + "/new")
    page.locator("input[name=dataset][value=broken]").check()
    expect(page.locator("#dataset-panel")).to_contain_text("has no label")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("main")).to_contain_text("This dataset cannot be trained with yet")

    describe(page, service, "a free name", 3)
    page.get_by_role("button", name="Back").click()
    page.locator("#name").fill("stop and go")
    expect(page.locator("#problem-name")).to_contain_text("taken")
    page.locator("#name").fill("another free name")
    expect(page.locator("#problem-name")).to_be_empty()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#hyper-parameters-epochs")).to_have_value("3")
    page.locator("#hyper-parameters-batch-size").fill("400")
    batch = page.locator("#problem-hyper-parameters-batch-size")
    expect(batch).to_contain_text("64 training images")
    page.locator("#hyper-parameters-learning-rate").fill("0")
    page.locator("#start").click()
    rate = page.locator("#problem-hyper-parameters-learning-rate")
    expect(rate).to_contain_text("allowed: above 0 to 10")
    expect(page.locator("#hyper-parameters-learning-rate")).to_be_focused()
    expect(page.locator("#hyper-parameters-batch-size")).to_have_value("400")
    jobs = httpx.get(f"{service.url}/api/v1/jobs", trust_env=False).json()["jobs"]
    assert "another free name" not in [job["name"] for job in jobs]

    model = page.goto(service.url + "/try")
    assert model is not None and model.ok
    page.locator("#image").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"not an image"}
    )
    expect(page.locator("main")).to_contain_text("cannot be read as an image")
