"""The wizard's devices, where there are several GPUs."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.html_page import HtmlPage
from tests.unit.gui.test_wizard import READY, started


@pytest.mark.parametrize("gpus", [2, 3, ["GPU-aaaa-1", "GPU-bbbb-2"]])
async def test_several_gpus_share_a_job(
    pages: httpx.AsyncClient, api: FakeApi, gpus: int | list[str]
) -> None:
    chosen = str(gpus) if isinstance(gpus, int) else ",".join(gpus)
    draft = READY | {"device": chosen, "hp.batch_size": "12"}
    page = HtmlPage(await pages.get("/new/general", params=draft))
    checked = [tag for tag in page.all("input") if tag.get("name") == "device" and "checked" in tag]
    assert [tag["value"] for tag in checked] == [chosen]
    assert "Any that are free; each takes an equal part of every batch." in page.words
    values = dict(page.form_values())
    assert (await pages.post("/new/start", data=values)).status_code == 303
    assert started(api)[0]["resources"] == {"gpus": gpus}
    api.system["gpus"] = api.system["gpus"][:1]
    one = HtmlPage(await pages.get("/new/general", params=READY))
    assert "equal part" not in one.words


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("1", "1 GPU Any that is free."),  # as after `segsmith train --gpus 1`
        ("GPU-gone", "GPU-gone It was not found on this machine."),
    ],
)
async def test_what_is_chosen_may_be_one_gpu(
    pages: httpx.AsyncClient, chosen: str, told: str
) -> None:
    page = HtmlPage(await pages.get("/new/general", params=READY | {"device": chosen}))
    checked = [tag for tag in page.all("input") if tag.get("name") == "device" and "checked" in tag]
    assert [tag["value"] for tag in checked] == [chosen]
    assert told in page.words
