from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from docker_sdk_api.datasets.check import fingerprint, glance
from docker_sdk_api.datasets.preview import SIZES, draw, size_at_least
from docker_sdk_api.home import Home
from docker_sdk_api.settings import Settings
from tests.unit.docker_sdk_api.at_hand import write_dataset
from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetClass
from training_api.spec.errors import InvalidDataset


@pytest.fixture
def root(settings: Settings) -> Path:
    return settings.dataset_roots[0]


async def test_from_unchecked_to_ready(api: httpx.AsyncClient, root: Path) -> None:
    write_dataset(root / "screws")
    (root / ".hidden").mkdir()
    (root / "__pycache__").mkdir()
    (root / "notes.txt").write_text("no dataset")
    listed = {row["name"]: row for row in (await api.get("/datasets")).json()}
    assert set(listed) == {"screws"}  # the registered version's folder does not exist
    assert (listed["screws"]["state"], listed["screws"]["images"]) == ("unchecked", None)
    assert listed["screws"]["sample"] is None
    assert (await api.get("/datasets/screws")).status_code == 404

    scan = (await api.post("/datasets/screws/check")).json()
    assert scan["images"] == 4
    assert scan["problems"] == []
    assert scan["sizes"] == [{"width": 32, "height": 24, "count": 4}]
    assert [entry["stem"] for entry in scan["samples"]] == [f"part-{n}" for n in range(4)]
    assert [entry["name"] for entry in scan["classes"]] == ["background", "part"]
    assert sum(entry["share"] for entry in scan["classes"]) == pytest.approx(1)
    assert sum(entry["pixels"] for entry in scan["classes"]) == 4 * 32 * 24

    assert (await api.get("/datasets/screws")).json() == scan
    version = (await api.get(f"/dataset-versions/{scan['version']}")).json()
    assert version | {"problems": scan["problems"]} == scan
    row = next(row for row in (await api.get("/datasets")).json() if row["name"] == "screws")
    assert (row["state"], row["version"], row["images"]) == ("ready", scan["version"], 4)
    assert row["sample"] == "part-0"
    system = (await api.get("/system")).json()
    assert system["dataset_roots"] == [str(root.resolve())] == system["dataset_roots_shown"]
    assert system["home_shown"] == system["home"]


async def test_problems_are_listed_and_forbid_training(api: httpx.AsyncClient, root: Path) -> None:
    folder = write_dataset(root / "broken")
    (folder / "labels" / "part-1.png").unlink()
    (folder / "images" / "part-2.png").write_bytes(b"no image")
    scan = (await api.post("/datasets/broken/check")).json()
    assert scan["version"] is None
    assert scan["images"] == 4
    files = [name for problem in scan["problems"] for name in problem["files"]]
    assert any("part-1" in name for name in files)
    assert any("part-2" in name for name in files)
    assert scan["samples"] == [] and sum(size["count"] for size in scan["sizes"]) == 2
    assert sum(entry["share"] for entry in scan["classes"]) == pytest.approx(1, abs=1e-5)
    row = next(row for row in (await api.get("/datasets")).json() if row["name"] == "broken")
    assert (row["state"], row["errors"]) == ("invalid", 2)


async def test_a_change_is_seen(api: httpx.AsyncClient, root: Path) -> None:
    folder = write_dataset(root / "growing")
    first = (await api.post("/datasets/growing/check")).json()
    write_dataset(folder, images=5)
    rows = {row["name"]: row["state"] for row in (await api.get("/datasets")).json()}
    assert rows["growing"] == "unchecked"
    second = (await api.post("/datasets/growing/check")).json()
    assert (first["images"], second["images"]) == (4, 5)
    assert first["version"] != second["version"]
    assert (await api.get(f"/dataset-versions/{first['version']}")).status_code == 200


async def test_an_unchanged_folder_is_read_once(
    api: httpx.AsyncClient, root: Path, home: Home
) -> None:
    folder = write_dataset(root / "steady")
    await api.post("/datasets/steady/check")
    (note,) = (home.cache / "checks").iterdir()
    written = note.stat().st_mtime_ns
    await api.post("/datasets/steady/check")
    assert note.stat().st_mtime_ns == written
    os.utime(folder / "images" / "part-0.png", ns=(1, 1))
    await api.post("/datasets/steady/check")
    assert note.stat().st_mtime_ns != written


async def test_no_name_leaves_the_roots(api: httpx.AsyncClient, root: Path, tmp_path: Path) -> None:
    root.mkdir()
    write_dataset(tmp_path / "outside")
    for name in ("..%2Foutside", "../outside", str(tmp_path / "outside"), "%2e%2e%2foutside", "x"):
        answer = await api.post(f"/datasets/{name}/check")
        assert answer.status_code in (404, 405), name
        assert "outside/images" not in answer.text


async def test_splits(api: httpx.AsyncClient) -> None:
    address = "/dataset-versions/dv-test/split"
    usual: Any = (await api.get(address)).json()
    assert usual == {"training": 8, "validation": 2, "brought": False, "own": False}
    most: Any = (await api.get(f"{address}?training_percent=99")).json()
    assert (most["training"], most["validation"]) == (9, 1)
    wrong = await api.get(f"{address}?training_percent=100")
    assert wrong.status_code == 422
    assert wrong.json()["field"] == "training_percent"


async def test_previews(api: httpx.AsyncClient, root: Path, home: Home) -> None:
    write_dataset(root / "screws", size=(400, 300))
    version = (await api.post("/datasets/screws/check")).json()["version"]
    pictures = {}
    for kind in ("image", "label", "overlay"):
        answer = await api.get(f"/dataset-versions/{version}/preview/part-0.png?kind={kind}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.size == (320, 240)
            pictures[kind] = np.asarray(picture.convert("RGB")).astype(int)
    labelled = np.any(pictures["label"] != 0, axis=-1)
    assert 0 < labelled.sum() < labelled.size / 4
    inside, outside = np.argwhere(labelled).mean(axis=0).astype(int), (200, 300)
    assert (pictures["overlay"][outside] == pictures["image"][outside]).all()
    assert (pictures["overlay"][tuple(inside)] != pictures["image"][tuple(inside)]).any()
    assert len(list((home.cache / "previews" / version).iterdir())) == 3


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("dv-none/preview/part-0.png", 404),
        ("dv-test/preview/other.png", 404),
        ("dv-test/preview/..%2F..%2Fx.png", 404),
        ("dv-test/preview/part 0.png", 422),  # its files do not exist
        ("dv-test/preview/part 0.png?kind=evil", 422),
        ("dv-test/preview/part 0.png?size=100000", 422),
    ],
)
async def test_refused_previews(api: httpx.AsyncClient, address: str, status: int) -> None:
    answer = await api.get(f"/dataset-versions/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_preview_sizes() -> None:
    assert [size_at_least(size) for size in (1, 160, 161, 1024, 9999)] == [
        160,
        160,
        320,
        1024,
        1024,
    ]
    assert sorted(SIZES) == list(SIZES)


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    image = tmp_path / "photo.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(InvalidDataset, match=r"photo\.png cannot be read"):
        draw(image, image, [], "image", 320, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_grey_labels_keep_their_ids(tmp_path: Path) -> None:
    label = tmp_path / "label.png"
    Image.fromarray(np.full((10, 10), 1, np.uint8)).save(label)
    draw(
        label,
        label,
        [DatasetClass(id=1, name="b", colour=(9, 8, 7))],
        "label",
        160,
        tmp_path / "out.png",
    )
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.convert("RGB").getpixel((5, 5)) == (9, 8, 7)


def test_fingerprint_and_glance(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "d")
    first, look = fingerprint(folder), glance(folder)
    assert (fingerprint(folder), glance(folder)) == (first, look)
    os.utime(folder / "labels" / "part-0.png", ns=(1, 1))
    assert fingerprint(folder) != first
    (folder / "images" / "part-0.png").unlink()
    assert glance(folder) != look


async def test_a_version_saved_by_another_process_counts(
    api: httpx.AsyncClient, home: Home, tmp_path: Path
) -> None:
    scan = scan_folder(write_dataset(tmp_path / "elsewhere"))
    assert scan.version is not None
    scan.version.save(home.datasets)
    listed = {row["name"] for row in (await api.get("/datasets")).json()}
    assert "elsewhere" in listed
    checked = (await api.post("/datasets/elsewhere/check")).json()
    assert checked["version"] == scan.version.id
