"""The testing page, models and datasets."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui import fake_images
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}
PHOTO = fake_images.png(fake_images.photo("photo"))


async def test_a_published_model(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/try", params={"model": "m-j-glu"}))
    chosen = [tag["value"] for tag in page.all("option") if "selected" in tag]
    assert chosen == ["model:m-j-glu"]
    files = {"image": ("part.png", PHOTO, "image/png")}
    response = await pages.post("/try", data={"what": chosen[0]}, files=files, headers=HTMX)
    page = HtmlPage(response)
    assert api.calls[-1][1] == "/inference/models/m-j-glu/predict" and PHOTO in api.calls[-1][2]
    assert "320 × 240" in page.words and "background" in page.words
    assert page.by_id("mask-source")["src"].startswith("data:image/png;base64,")
    assert page.by_id("download-mask")["download"] == "mask.png"
    shares = [tag for tag in page.all("input") if "data-class" in tag]
    assert [tag["data-class"] for tag in shares if "checked" in tag] == ["1", "2"]


async def test_a_job_that_still_runs(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/try", params={"job": "j-run"}))
    assert "Best so far of a running job" in str(page.all("optgroup"))
    files = {"image": ("part.png", PHOTO, "image/png")}
    response = await pages.post("/try", data={"what": "job:j-run"}, files=files)
    assert api.queries[-3][1] == "/api/v1/jobs/j-run/agent/predict"
    whole = HtmlPage(response)
    assert whole.all("html") and whole.has_id("mask-source"), "without script a whole page"
    assert [tag["value"] for tag in whole.all("option") if "selected" in tag] == ["job:j-run"]


async def test_no_image_is_refused_in_words(pages: httpx.AsyncClient) -> None:
    files = {"image": ("", b"", "application/octet-stream")}
    response = await pages.post("/try", data={"what": "model:m-j-done"}, files=files, headers=HTMX)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#problem"
    assert "Choose an image file first." in response.text


async def test_an_empty_file_is_called_empty(pages: httpx.AsyncClient) -> None:
    files = {"image": ("part.png", b"", "image/png")}
    response = await pages.post("/try", data={"what": "model:m-j-done"}, files=files, headers=HTMX)
    assert response.status_code == 422 and "part.png is an empty file." in response.text


async def test_a_refused_image_says_why(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.refuse_images = "The image is not a PNG, JPEG, TIFF, BMP or WebP file."
    files = {"image": ("part.svg", b"<svg/>", "image/svg+xml")}
    response = await pages.post("/try", data={"what": "model:m-j-done"}, files=files, headers=HTMX)
    assert response.status_code == 422 and f"part.svg: {api.refuse_images}" in response.text


async def test_a_resumed_jobs_best_comes_before_its_earlier_model(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.jobs[0]["model_id"] = "m-j-done"
    addresses = HtmlPage(await pages.get("/jobs/j-run")).addresses()
    assert "/try?job=j-run" in addresses and "/try?model=m-j-done" not in addresses
    assert "/api/v1/jobs/j-run/agent/model" in addresses
    options = HtmlPage(await pages.get("/try")).all("option")
    assert "selected" in options[0] and options[0]["value"] == "job:j-run"
    api.jobs[0]["state"] = "succeeded"
    api.models[1]["job_id"] = "j-run"
    options = HtmlPage(await pages.get("/try?job=j-run")).all("option")
    chosen = [tag["value"] for tag in options if "selected" in tag]
    assert chosen == [f"model:{api.models[1]['id']}"], "it has ended: its model"


async def test_a_file_name_cannot_leave_the_form(pages: httpx.AsyncClient, api: FakeApi) -> None:
    hostile = 'a"; name="other"\r\nX: y/../b.png'
    files = {"image": (hostile, PHOTO, "image/png")}
    what = {"what": "model:../../api/v1/jobs/j-run/stop?"}
    await pages.post("/try", data=what, files=files, headers=HTMX)
    path = api.calls[-1][1]
    assert path.startswith("/inference/models/") and path.endswith("/predict")


async def test_a_deleted_model_is_named_as_gone(pages: httpx.AsyncClient) -> None:
    assert "is not there any more" in (await pages.get("/try?model=gone")).text


async def test_deleting_a_model(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/models/m-j-done/delete"))
    assert "57.4 MB" in page.words and "mIoU 0.858" in page.words
    response = await pages.post("/models/m-j-done/delete")
    assert (response.status_code, response.headers["location"]) == (303, "/models")
    assert [model["id"] for model in api.models] == ["m-j-stopped", "m-j-glu"]


async def test_a_model_leads_to_its_job_only_while_that_is_there(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = HtmlPage(await pages.get("/models/m-j-glu"))
    assert "/jobs/j-glu" in page.addresses() and "From job Fast-SCNN" in page.words
    assert "Its job and the dataset stay" in (await pages.get("/models/m-j-glu/delete")).text
    api.jobs = [job for job in api.jobs if job["id"] != "j-glu"]
    page = HtmlPage(await pages.get("/models/m-j-glu"))
    assert "/jobs/j-glu" not in page.addresses() and "j-glu, which was deleted" in page.words
    assert "Its job" not in (await pages.get("/models/m-j-glu/delete")).text


async def test_exports_with_their_proof(pages: httpx.AsyncClient, api: FakeApi) -> None:
    api.manifest["exports"] = {
        "onnx": {
            "status": "shipped", "reason": "", "input": "dynamic", "agreement": 0.99998,
            "max_abs_difference": 0.000021,
        },
        "openvino": {"status": "refused", "reason": "An operator is missing.", "input": [384, 512]},
    }  # fmt: skip
    words = HtmlPage(await pages.get("/models/m-j-done")).words
    assert "Shipped dynamic 100.0 % 0.000021" in words
    assert "Not shipped 384 × 512 – – An operator is missing." in words


async def test_a_dataset_that_was_never_read_is_read_by_its_page(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    page = HtmlPage(await pages.get("/datasets/weld_seams"))
    assert page.by_id("dataset")["hx-trigger"] == "load"
    assert "Reading every image and label" in page.words
    part = HtmlPage(await pages.get(page.by_id("dataset")["hx-get"], headers=HTMX))
    assert "weld_seams" in part.words and api.calls[-1][0] == "POST"


@pytest.mark.parametrize("address", ["/datasets", "/new/dataset"])
async def test_cards_have_unread_datasets_read(
    pages: httpx.AsyncClient, api: FakeApi, address: str
) -> None:
    page = HtmlPage(await pages.get(address))
    assert "Reading …" in page.words and "Not read yet" not in page.words
    loads = [tag for tag in page.all("span") if tag.get("hx-trigger") == "load"]
    assert [tag["hx-get"] for tag in loads] == ["/datasets/weld_seams/card?number=4"]
    assert loads[0]["hx-sync"] == "#dataset-choices:queue all" and page.has_id("dataset-choices")
    part = HtmlPage(await pages.get(loads[0]["hx-get"], headers=HTMX))
    assert ("POST", "/api/v1/datasets/weld_seams/check") in [call[:2] for call in api.calls]
    assert "60 imagesHealthy" in part.words and "hx-swap-oob" in part.by_id("line-4")
    assert "hx-get" not in part.by_id("line-4")


async def test_a_lone_file_is_named_at_once(pages: httpx.AsyncClient, api: FakeApi) -> None:
    problem = {"code": "x", "severity": "error", "count": 1, "message": "A label is grey."}
    scan = api.scans["broken export of last week"]
    scan["problems"] = [
        problem | {"files": ["labels/one.png"]},
        problem | {"files": ["labels/"], "message": "The folder labels/ is missing. Create it."},
    ]
    page = HtmlPage(await pages.get("/datasets/broken export of last week?tab=problems"))
    assert not page.all("details") and "A label is grey. labels/one.png" in page.words
    assert page.words.count("labels/ is missing") == 1 and len(page.all("code")) == 1


async def test_where_to_put_datasets(pages: httpx.AsyncClient, api: FakeApi) -> None:
    assert "into /srv/segsmith/datasets and" in HtmlPage(await pages.get("/datasets")).words
    api.datasets = []
    for address in ("/datasets", "/new/dataset"):
        assert "into /srv/segsmith/datasets and" in HtmlPage(await pages.get(address)).words


async def test_folders_of_a_container_are_named_as_on_the_server(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    api.system |= {"home_shown": "volume:parts", "dataset_roots_shown": ["/mnt/x"]}
    system = HtmlPage(await pages.get("/system")).words
    assert "volume:parts on the server" in system and "/mnt/x on the server" in system
    assert "into /mnt/x on the server and" in HtmlPage(await pages.get("/datasets")).words
    api.datasets = []
    for address in ("/datasets", "/new/dataset"):
        assert "into /mnt/x on the server and" in HtmlPage(await pages.get(address)).words


async def test_class_shares_and_images_of_a_dataset(pages: httpx.AsyncClient) -> None:
    words = HtmlPage(await pages.get("/datasets/camvid")).words
    assert "road 31.0 %" in words and "void marking 0 %" in words
    images = HtmlPage(await pages.get("/datasets/camvid?tab=images")).all("img")
    assert len(images) == 12
    assert images[0]["src"] == (
        "/api/v1/dataset-versions/dv-2222222222222222/preview/part%20000.png?kind=overlay&size=480"
    )
