"""The page of published weights."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_weights import ABSENT, COMING, PRESENT
from tests.unit.gui.html_page import HtmlPage


async def test_every_file_shows_licence_and_where_it_is(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/weights"))
    assert "1 of 4 files are on this machine, 46.8" in page.text
    assert page.text.count("the terms of ImageNet may limit commercial use") == 4
    assert "Whole networks" in page.text and "COCO with VOC's classes" in page.text
    assert "/jobs/j-fetch" in page.addresses(), "who brings it"
    assert page.by_id(f"fetch-{ABSENT}")["aria-label"] == "Fetch resnet101, ImageNet-1k"
    ids = [attributes.get("id") for _, attributes in page.tags]
    assert not {f"fetch-{PRESENT}", f"fetch-{COMING}"} & set(ids)
    assert "good or bad" in page.text, "a classifier that was added by hand"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"search": "COCO"}, ["torchvision:deeplabv3_resnet101_coco"]),
        ({"search": "torch  coco "}, ["torchvision:deeplabv3_resnet101_coco"]),
        ({"place": "here"}, [PRESENT]),
        ({"place": "fetching"}, [COMING]),
        ({"place": "absent"}, [ABSENT, "torchvision:deeplabv3_resnet101_coco"]),
        ({"engine": "gluoncv"}, []),
        ({"search": "nothing has this name"}, []),
    ],
)
async def test_filters(
    pages: httpx.AsyncClient, api: FakeApi, params: dict[str, str], found: list[str]
) -> None:
    text = (await pages.get("/weights", params=params)).text
    assert [file["id"] for file in api.weights.files if f">{file['id']}<" in text] == found
    assert ("No weights fit" in text) == (not found)


async def test_fetching_shows_the_download(pages: httpx.AsyncClient, api: FakeApi) -> None:
    response = await pages.post(f"/weights/{ABSENT}/fetch")
    assert (response.status_code, response.headers["location"]) == (303, "/jobs/j-fetch")
    assert api.weights.fetched == [ABSENT]


async def test_what_is_here_already_is_shown(pages: httpx.AsyncClient) -> None:
    response = await pages.post(f"/weights/{PRESENT}/fetch")
    assert response.status_code == 303
    address = response.headers["location"]
    assert address == "/weights?search=torchvision%3Aresnet18"
    assert f">{PRESENT}<" in (await pages.get(address)).text
