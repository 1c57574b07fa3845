"""The wizard: three addresses, a draft in the query, nothing started before Start."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.unit.gui.fake_api import FakeApi
from tests.unit.gui.fake_jobs import HOSTILE
from tests.unit.gui.html_page import HtmlPage

HTMX = {"HX-Request": "true"}
READY = {"dataset": "camvid", "name": "a new one"}


def started(api: FakeApi) -> list[Any]:
    """The specs that were posted as jobs."""
    return [body for method, path, body in api.calls if (method, path) == ("POST", "/api/v1/jobs")]


async def test_a_dataset_keeps_the_split_that_it_brings(pages: httpx.AsyncClient) -> None:
    page = HtmlPage(await pages.get("/new/dataset", params={"dataset": "camvid"}))
    assert "The dataset's own split: 367 images to learn from, 101 images to" in page.text
    assert dict(page.form_values())["split"] == ""


async def test_the_steps_carry_what_was_answered(pages: httpx.AsyncClient, api: FakeApi) -> None:
    first = {"dataset": "camvid", "percent": "60", "split": "drawn"}
    page = HtmlPage(await pages.get("/new/dataset", params=first))
    assert dict(page.form_values()) | first == dict(page.form_values())
    assert "281 training, 187 validation" in page.text

    page = HtmlPage(await pages.get("/new/general", params=page.form_values()))
    assert dict(page.form_values())["name"] == "camvid"
    page = HtmlPage(await pages.get("/new/parameters", params=page.form_values()))
    values = dict(page.form_values())
    assert values["percent"] == "60" and values["preset"] == "fast" and values["name"] == "camvid"
    assert started(api) == []

    values["hp.epochs"] = "7"
    back = HtmlPage(await pages.get("/new/general", params=values))
    assert dict(back.form_values())["hp.epochs"] == "7"
    assert "hp.batch_size" not in dict(back.form_values()), "a recommended value says nothing"

    answer = await pages.post("/new/start", data=values)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs/j-new")
    assert started(api) == [
        {
            "name": "camvid",
            "dataset": "dv-2222222222222222",
            "split": {"training_percent": 60, "use_dataset_split": False},
            "resources": {"gpus": 0},
            "hyper_parameters": {"epochs": 7},
            "preset": "fast",
        }
    ]


async def test_an_own_network_with_its_options(pages: httpx.AsyncClient, api: FakeApi) -> None:
    own = READY | {
        "preset": "own", "engine": "torch",
        "network": "deeplabv3plus", "option.backbone": "resnet50",
        "loss": "cross_entropy_dice", "loss_option.dice_weight": "0.25", "device": "GPU-aaaa-1",
        "hp.learning_rate": "0,01", "hp.augment": "false",
    }  # fmt: skip
    assert (await pages.post("/new/start", data=own)).status_code == 303
    (spec,) = started(api)
    assert spec["network"] == {"name": "deeplabv3plus", "options": {"backbone": "resnet50"}}
    assert spec["loss"] == {"name": "cross_entropy_dice", "options": {"dice_weight": 0.25}}
    assert spec["resources"] == {"gpus": ["GPU-aaaa-1"]}
    assert spec["hyper_parameters"] == {"learning_rate": 0.01, "augment": False}
    assert "preset" not in spec


async def test_augmentations_are_kept_checked_and_started(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    draft = READY | {"aug.rotation": "true", "aug.rotation.degrees": "30", "aug.scale": "false"}
    page = HtmlPage(await pages.get("/new/parameters", params=draft))
    assert "Augmentations, 1 of 2 on" in page.text
    assert page.by_id("augmentations-rotation-degrees")["value"] == "30"
    values = dict(page.form_values())
    back = HtmlPage(await pages.get("/new/general", params=values))
    kept = {name: value for name, value in back.form_values() if name.startswith("aug.")}
    assert kept == {
        "aug.rotation": "true", "aug.rotation.degrees": "30", "aug.scale": "false",
    }  # fmt: skip
    assert (await pages.post("/new/start", data=values)).status_code == 303
    (spec,) = started(api)
    assert spec["augmentations"] == {"rotation": {"degrees": 30.0}}


async def test_a_wrong_range_is_told_at_its_field(pages: httpx.AsyncClient) -> None:
    draft = READY | {"aug.rotation": "true", "aug.rotation.degrees": "400"}
    page = HtmlPage(await pages.get("/new/parameters", params=draft))
    assert page.by_id("augmentations-rotation-degrees")["aria-invalid"] == "true"
    assert "Must be at most 180." in page.text
    assert page.text.count("Must be at most 180.") == 1, "beside its field only"
    live = HtmlPage(await pages.get("/new/parameters", params=draft, headers=HTMX))
    assert live.by_id("problem-augmentations-rotation-degrees")["hx-swap-oob"] == "true"


async def test_networks_follow_the_engine_and_options_the_network(pages: httpx.AsyncClient) -> None:
    draft = READY | {"preset": "own", "engine": "gluoncv", "network": "fcn", "option.backbone": "x"}
    page = HtmlPage(await pages.get("/new/network", params=draft, headers=HTMX))
    values = [option["value"] for option in page.all("option")]
    assert values == [
        "torch", "gluoncv", "fcn", "fastscnn", "resnet50", "resnet101",
        "cross_entropy", "cross_entropy_dice",
    ]  # fmt: skip
    draft |= {"engine": "torch", "network": "fcn"}
    page = HtmlPage(await pages.get("/new/network", params=draft, headers=HTMX))
    selected = [option["value"] for option in page.all("option") if "selected" in option]
    assert selected[:3] == ["torch", "unet", "resnet18"], (
        "what does not fit falls back to the first"
    )


async def test_a_changed_answer_updates_summary_problems_and_address(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    usual = str(api.catalogue["presets"][0]["hyper_parameters"]["batch_size"])
    draft = READY | {"hp.epochs": "0", "hp.batch_size": usual, "name": "Fast-SCNN"}
    response = await pages.get("/new/parameters", params=draft, headers=HTMX)
    assert "<html" not in response.text
    page = HtmlPage(response)
    assert page.by_id("summary") and "Must be at least 1" in page.text
    assert page.by_id("problem-hyper-parameters-epochs")["hx-swap-oob"] == "true"
    address = urlsplit(response.headers["HX-Replace-Url"])
    assert address.path == "/new/parameters"
    assert parse_qs(address.query) == {
        "dataset": ["camvid"], "name": ["Fast-SCNN"], "hp.epochs": ["0"],
    }  # fmt: skip
    general = HtmlPage(await pages.get("/new/general", params=draft, headers=HTMX))
    assert "Another job has this name." in general.text


async def test_a_refused_start_shows_each_sentence_at_its_field(
    pages: httpx.AsyncClient, api: FakeApi
) -> None:
    wrong = READY | {"hp.epochs": "0", "hp.learning_rate": "fast", "hp.momentum": "nan"}
    response = await pages.post("/new/start", data=wrong)
    assert response.status_code == 422
    page = HtmlPage(response)
    assert page.by_id("hyper-parameters-epochs")["aria-invalid"] == "true"
    assert page.by_id("hyper-parameters-epochs")["value"] == "0", "what was typed stays"
    assert "Must be at least 1 (allowed: 1 to 100000)." in page.text
    assert "Must be a number (allowed: above 0 to 10)." in page.text
    assert page.by_id("hyper-parameters-momentum")["aria-invalid"] == "true"
    assert "hyper-parameters-batch-size" in response.text
    assert "aria-invalid" not in page.by_id("hyper-parameters-batch-size")
    assert "j-new" not in {job["id"] for job in api.jobs}


async def test_a_name_taken_meanwhile(pages: httpx.AsyncClient, api: FakeApi) -> None:
    response = await pages.post("/new/start", data=READY | {"name": "Fast-SCNN"})
    assert response.status_code == 422
    assert "Another job has this name" in HtmlPage(response).text


async def test_a_second_click_has_the_same_key(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/new/parameters", params=READY))
    values = dict(page.form_values())
    again = dict(HtmlPage(await pages.get("/new/parameters", params=READY)).form_values())
    assert values["key"] != again["key"]
    await pages.post("/new/start", data=values)
    assert api.keys == [values["key"]]


@pytest.mark.parametrize(
    ("step", "draft", "to"),
    [
        ("general", {}, "/new/dataset"),
        ("general", {"dataset": "weld_seams"}, "/new/dataset"),
        ("general", {"dataset": "no such one"}, "/new/dataset"),
        ("parameters", {"dataset": "broken export of last week", "name": "x"}, "/new/dataset"),
        ("parameters", {"dataset": "camvid"}, "/new/general"),
    ],
)
async def test_a_gap_leads_back_to_its_step(
    pages: httpx.AsyncClient, step: str, draft: dict[str, str], to: str
) -> None:
    response = await pages.get(f"/new/{step}", params=draft)
    assert response.status_code == 303
    address = urlsplit(response.headers["location"])
    assert address.path == to
    assert parse_qs(address.query) == {"check": ["1"]} | {
        key: [text] for key, text in draft.items()
    }
    page = await pages.get(response.headers["location"])
    assert page.status_code == 200
    assert "first" in page.text or "cannot be trained with yet" in page.text or "name" in page.text


async def test_problems_of_a_dataset_in_plain_words(pages: httpx.AsyncClient) -> None:
    broken = {"dataset": "broken export of last week"}
    text = HtmlPage(await pages.get("/new/dataset/read", params=broken, headers=HTMX)).text
    assert "3 labels have another size than their image." in text
    assert "labels/<b>x</b>.png" in text
    assert "27 files, the first 20 of them" in text


async def test_a_hostile_draft_stays_text(pages: httpx.AsyncClient) -> None:
    draft = {
        "dataset": HOSTILE, "name": HOSTILE, "percent": HOSTILE, "preset": "own", "engine": HOSTILE,
        "network": HOSTILE, "option.backbone": HOSTILE, "hp.epochs": HOSTILE, "unknown": HOSTILE,
    }  # fmt: skip
    for draft["dataset"] in (HOSTILE, "camvid"):
        for step in ("dataset", "general", "parameters"):
            response = await pages.get(f"/new/{step}", params=draft, follow_redirects=True)
            assert response.status_code == 200
            assert "<script>alert" not in response.text
            assert "unknown" not in HtmlPage(response).form_values()


async def test_a_warning_is_no_refusal(pages: httpx.AsyncClient, api: FakeApi) -> None:
    message = "batch_size: there are only 374 training images, so 374 are taken at a time."
    api.warnings = [{"field": "hyper_parameters.batch_size", "message": message}]
    page = HtmlPage(await pages.get("/new/parameters", params=READY | {"hp.batch_size": "999"}))
    assert "There are only 374 training images" in page.text
    assert "aria-invalid" not in page.by_id("hyper-parameters-batch-size")
    assert "only-warning" in page.by_id("problem-hyper-parameters-batch-size")["class"]


async def test_devices_with_free_memory(pages: httpx.AsyncClient, api: FakeApi) -> None:
    page = HtmlPage(await pages.get("/new/general", params={"dataset": "camvid"}))
    assert "checked" in page.by_id("device-cpu")
    devices = [tag for tag in page.all("input") if tag.get("name") == "device"]
    assert len(devices) > 1 and {tag["type"] for tag in devices} == {"radio"}
    assert "20.6 GB of 21.5 GB free, 2 % busy" in page.words
    assert "97 % busy with “car panel, U-Net”" in page.text
    api.system["gpus"][0]["busy_percent"] = None
    assert "busy" in HtmlPage(await pages.get("/new/general", params={"dataset": "camvid"})).text
    api.system["gpus"] = []
    assert "No GPU was found" in (await pages.get("/new/general", params=READY)).text


async def test_the_classes_of_the_dataset_may_decide_on_the_best_model(
    pages: httpx.AsyncClient,
) -> None:
    page = HtmlPage(await pages.get("/new/parameters", params=READY | {"hp.best_by": "car"}))
    options = [tag for tag in page.all("option") if tag.get("value", "") == "car"]
    assert [("selected" in tag) for tag in options] == [True]
