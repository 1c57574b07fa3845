"""The service in three processes: everything that one process does, through port 4200 alone."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.colour_model import picture, publish, truth
from tests.command_line import CommandLine
from tests.parts import BEARER, TOKEN, PartProcess, Parts, running_parts
from tests.training_jobs import make_dataset
from tests.waiting import PATIENCE, until
from training_api.cli.root import root

QUICK = {"base_size": 32, "batch_size": 2, "learning_rate": 0.5, "optimizer": "sgd"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("parts")
    make_dataset(place / "datasets" / "parts", count=6)
    publish(place / "home" / "models", "m-1")
    return place


@pytest.fixture(scope="module")
def parts(place: Path) -> Iterator[Parts]:
    with running_parts(place) as parts:
        yield parts


@pytest.fixture
def client(parts: Parts) -> Iterator[httpx.Client]:
    with parts.client() as client:
        yield client


def start(client: httpx.Client, name: str, epochs: int = 6) -> str:
    """The id of a new job on the only dataset."""
    dataset = client.post("/api/v1/datasets/parts/check").json()["version"]
    spec = {"name": name, "dataset": dataset, "network": {"name": "unet"}}
    spec["hyper_parameters"] = QUICK | {"epochs": epochs}
    answer = client.post("/api/v1/jobs", json=spec)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def events(client: httpx.Client, address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and data of server-sent events, until the stream ends."""
    with client.stream("GET", address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_a_job_is_trained_watched_and_taken_away(client: httpx.Client, parts: Parts) -> None:
    job = start(client, "in parts")
    seen = list(events(client, f"/api/v1/jobs/{job}/stream"))
    assert {"state", "training", "log"} <= {name for name, _ in seen}
    assert [data["state"] for name, data in seen if name == "state"][-1] == "succeeded"
    log = client.get(f"/api/v1/jobs/{job}/log.txt")
    assert "attachment" in log.headers["content-disposition"] and "Epoch 6/6" in log.text
    view = client.get(f"/api/v1/jobs/{job}").json()
    download = client.get(f"/api/v1/models/{view['model_id']}/download")
    with zipfile.ZipFile(io.BytesIO(download.content)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    files = {Path(name).name for name in names}
    assert {"manifest.json", "palette.txt", "configuration.json", "README.md"} <= files


def test_pages_show_what_the_other_parts_know(client: httpx.Client) -> None:
    for page in ("/", "/new", "/models", "/models/m-1", "/datasets", "/system", "/networks"):
        answer = client.get(page, follow_redirects=True)
        assert answer.status_code == 200 and "Segsmith" in answer.text, page
    assert "colours" in client.get("/models").text
    assert client.get("/jobs/job-none").status_code == 404


def test_the_wizard_shows_the_address_that_the_browser_asked(
    client: httpx.Client, parts: Parts
) -> None:
    assert client.post("/api/v1/datasets/parts/check").status_code == 200
    draft = {"dataset": "parts", "name": "shown"}
    for host in (f"127.0.0.1:{parts.gui.port}", f"localhost:{parts.gui.port}"):
        page = client.get("/new/parameters", params=draft, headers={"Host": host})
        assert f"curl -X POST http://{host}/api/v1/jobs" in page.text
        direct = client.post("/api/v1/specs/check", json={}, headers={"Host": host}).json()
        assert f"http://{host}/api/v1/jobs" in direct["as"]["curl"]


def test_the_command_predicts_where_only_another_part_can(
    parts: Parts, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the image of docker_sdk_api, which holds no inference_api."""
    monkeypatch.setattr("training_api.cli.prediction_source.find_spec", lambda name: None)
    monkeypatch.setenv("SEGSMITH_TOKEN_FILE", str(place / "token"))
    monkeypatch.setenv("SEGSMITH_INFERENCE_URL", parts.inference.url)
    Image.fromarray(picture(40, 60)).save(tmp_path / "a.png")
    (tmp_path / "no.png").write_text("no image")
    words = ["predict", "colours", str(tmp_path), "--out", str(tmp_path / "masks"), "--json"]
    done = CliRunner().invoke(root, words)
    entry, broken = json.loads(done.stdout.splitlines()[-1])["images"]
    assert [c["pixels"] for c in entry["classes"]] == [1500, 300, 600]
    with Image.open(tmp_path / "masks" / "a.png") as mask:
        np.testing.assert_array_equal(np.asarray(mask), truth(40, 60))
    assert done.exit_code == 1 and "image" in broken["error"]
    words[1] = str(tmp_path)
    assert "no folder and no ZIP" in CliRunner().invoke(root, words).stderr
    monkeypatch.delenv("SEGSMITH_INFERENCE_URL")
    assert "Set SEGSMITH_INFERENCE_URL" in CliRunner().invoke(root, words).stderr


def test_an_image_is_predicted_through_the_pages(client: httpx.Client) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture(40, 60)).save(buffer, "PNG")
    answer = client.post("/inference/models/m-1/predict", files={"image": buffer.getvalue()})
    assert [entry["pixels"] for entry in answer.json()["classes"]] == [1500, 300, 600]
    large = client.post("/inference/models/m-1/mask", content=bytes(5 << 20))
    assert large.json()["code"] == "bad_image", "5 MB are an image's size and no JSON's"
    assert client.post("/inference/models/m-1/mask", content=bytes(33 << 20)).status_code == 413


def test_commands_beside_the_orchestration_part_find_it(parts: Parts) -> None:
    announced = json.loads((parts.command_line.home / "service.json").read_text())
    assert (announced["url"], announced["token"]) == (parts.orchestration.url, TOKEN)
    assert parts.command_line.run("jobs").returncode == 0


def test_each_part_says_ok_and_asks_everybody_else_for_the_token(parts: Parts) -> None:
    own = {"gui": "/models", "orchestration": "/api/v1/jobs", "inference": "/inference/models"}
    for name, path in own.items():
        url = getattr(parts, name).url
        health = httpx.get(f"{url}/health", trust_env=False)
        assert (health.status_code, health.text) == (200, "ok\n")
        assert httpx.get(f"{url}{path}", trust_env=False).status_code == 401
        assert httpx.get(f"{url}/health/../{path}", trust_env=False).status_code == 401
        assert httpx.get(f"{url}{path}", headers=BEARER, trust_env=False).status_code == 200
        strange = httpx.get(f"{url}/health", headers={"Host": "evil.com"}, trust_env=False)
        assert (strange.status_code, strange.json()["code"]) == (400, "unknown_host")


def test_only_the_orchestration_part_writes(parts: Parts, place: Path) -> None:
    assert not (place / "not-a-home").exists()
    assert httpx.get(f"{parts.inference.url}/api/v1/jobs", headers=BEARER).status_code == 404
    assert httpx.get(f"{parts.orchestration.url}/", headers=BEARER).status_code == 404


def test_a_part_that_is_away_is_told_and_found_again(client: httpx.Client, parts: Parts) -> None:
    assert parts.orchestration.end() == 0
    refused = client.get("/api/v1/jobs")
    assert (refused.status_code, refused.json()["code"]) == (503, "part_unreachable")
    page = client.get("/models")
    assert page.status_code == 503 and "does not answer" in page.text
    assert client.get("/health").text == "ok\n"
    assert client.get("/inference/models").status_code == 200, "predictions go on"
    parts.orchestration.restart()
    assert client.get("/api/v1/jobs").status_code == 200


def test_a_job_outlives_the_pages_and_streams_end_with_them(
    client: httpx.Client, parts: Parts
) -> None:
    job = start(client, "long", epochs=2000)
    seen: list[str] = []

    def read() -> None:
        with parts.client() as own:
            seen.extend(name for name, _ in events(own, f"/api/v1/jobs/{job}/stream"))
            seen.append("end")

    with parts.client() as direct:
        direct.base_url = parts.orchestration.url
        reader = threading.Thread(target=read)
        reader.start()

        def running() -> bool:
            return bool(direct.get(f"/api/v1/jobs/{job}").json()["state"] == "running")

        until(running)
        assert parts.gui.end() == 0
        reader.join(PATIENCE)
        assert seen[-1] == "end" and "ERROR" not in "\n".join(parts.gui.command.lines)
        assert running()
        parts.gui.restart()
        assert client.post(f"/api/v1/jobs/{job}/stop").status_code == 200
        until(lambda: client.get(f"/api/v1/jobs/{job}").json()["state"] == "cancelled")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--part", "gui"), "--part gui needs a --token-file"),
        (("--part", "inference"), "--part inference needs a --token-file"),
        (("--part", "gui", "--token-file", "token"), "--orchestration-url: the gui part must"),
        (
            ("--part", "gui", "--token-file", "token", "--orchestration-url", "https://a/b"),
            "is no address like http://127.0.0.1:4222",
        ),
        (("--name", "http://lab:4200"), "Write it without http:// and port"),
        (("--part", "gui", "--train-sample"), "the gui part trains nothing"),
    ],
)
def test_what_does_not_fit_is_refused(place: Path, words: tuple[str, ...], sentence: str) -> None:
    (place / "token").write_text(TOKEN)
    done = CommandLine(place / "home").inside("serve", *words)
    assert done.exit_code == 2 and sentence in done.stderr


def test_a_part_answers_to_the_names_it_was_given(place: Path) -> None:
    names = ("docker_sdk_api", "gpu.lan", "192.168.7.5", "fd00::7")
    (place / "token").write_text(TOKEN)
    command_line = CommandLine(place / "home", SEGSMITH_NAMES=" ".join(names))
    part = PartProcess(command_line, "inference", "--token-file", place / "token")
    try:
        for name in ("docker_sdk_api", "gpu.lan", "192.168.7.5", "[fd00::7]", "localhost"):
            for host in (name, f"{name}:4222"):
                answer = httpx.get(f"{part.url}/health", headers={"Host": host}, trust_env=False)
                assert answer.status_code == 200, host
        strange = httpx.get(f"{part.url}/health", headers={"Host": "gpu.lan.evil"})
        assert strange.status_code == 400 and "--name gpu.lan.evil" in strange.json()["detail"]
    finally:
        part.end()
