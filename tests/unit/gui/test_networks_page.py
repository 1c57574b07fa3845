"""The page of networks, and what the wizard tells of the chosen one's cost."""

from __future__ import annotations

import httpx

from gui.network_cost import cost_of, input_size, span
from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.html_page import HtmlPage

OWN = {"dataset": "dummy_dataset", "preset": "own", "engine": "torch", "network": "unet"}


async def test_each_network_shows_what_its_backbones_cost(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/networks"))
    assert "2 backbones" in page.text
    assert "ResNet-18 (default)" in page.text
    assert "12.5\u202fM" in page.text and "35.7" in page.text
    assert "12.3" in page.text, "measured on this machine"
    for licence in ("Research only", "CC BY 4.0"):
        assert licence in page.text, "the licence of published weights"
    assert "multiples of 32" in page.text


async def test_computation_is_shown_for_the_chosen_size(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/networks", params={"size": "1024"}))
    assert "142.7" in page.text and "35.7" not in page.text
    for odd in ("0", "-5", "huge", "511"):
        assert "35.7" in HtmlPage(await pages.get("/networks", params={"size": odd})).text


async def test_the_wizard_tells_the_cost_of_the_choice(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    (size, *_) = api.scans["dummy_dataset"]["sizes"]
    side = {"hp.base_size": "0", "hp.crop_size": "512"}
    page = HtmlPage(await pages.get("/new/general", params=OWN | side))
    assert "about 35.7 GFLOPs per image of 512×512" in page.text
    assert "12.3 images/s at 512×512, batch 4, AMD EPYC" in page.text
    other = OWN | side | {"option.backbone": "resnet34"}
    assert "not measured yet" in HtmlPage(await pages.get("/new/general", params=other)).text
    whole = HtmlPage(await pages.get("/new/general", params=OWN | {"hp.base_size": "0"}))
    width, height = input_size((size["width"], size["height"]), 0, 0, 32)
    assert f"per image of {width}×{height}" in whole.text
    wrong = await pages.get("/new/general", params=OWN | {"hp.crop_size": "many"})
    assert wrong.status_code == 200 and "GFLOPs" not in wrong.text


async def test_backbones_are_called_by_their_titles(pages: httpx.AsyncClient) -> None:
    text = (await pages.get("/new/general", params=OWN)).text
    assert '<option value="resnet34">ResNet-34</option>' in text


async def test_networks_that_were_never_counted(pages: httpx.AsyncClient) -> None:
    params = {"dataset": "dummy_dataset", "preset": "own", "engine": "gluoncv"}
    for network in ("fcn", "fastscnn"):
        page = HtmlPage(await pages.get("/new/general", params=params | {"network": network}))
        assert "GFLOPs" not in page.text and "not measured yet" in page.text


def test_sizes_and_costs() -> None:
    assert input_size((1920, 1080), 0, 352, 32) == (640, 352)
    assert input_size((1920, 1080), 100, 352, 32) == (128, 128)
    assert input_size((20, 10), 0, 0, 32) == (32, 32)
    variant = {"gflops": 10.0, "parameters": 3, "measured": []}
    cost = cost_of(variant, 512, 1024, 256)
    assert (cost.gflops, cost.measured) == (10.0, None)
    rows = [{"width": 64, "height": 64}, {"width": 32, "height": 32}]
    assert cost_of(variant | {"measured": rows}, 512, 32, 32).measured == rows[1]
    assert cost_of(variant | {"measured": rows}, 512, 96, 32).measured == rows[0]
    assert span([None]) is None and span([3, None, 1]) == (1, 3)
