from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.activity import Activities
from tests.unit.docker_sdk_api.test_jobs_api import start
from training_api.spec.directory import JobDirectory
from training_api.spec.events import EventWriter


@pytest.fixture
async def job(api: httpx.AsyncClient, home: Home) -> JobDirectory:
    """A job that waits, whose files the tests write."""
    await api.post("/queue/pause")
    return home.job(await start(api))


def address(job: JobDirectory, rest: str) -> str:
    return f"/jobs/{job.path.name}/{rest}"


async def test_events_from_any_offset(api: httpx.AsyncClient, job: JobDirectory) -> None:
    assert (await api.get(address(job, "events"))).json() == {"events": [], "next": 0}
    writer = EventWriter(job.events_path, 1)
    for step in range(5):
        writer.write("progress", step=step)
    page = (await api.get(address(job, "events"))).json()
    assert [event["step"] for event in page["events"]] == [0, 1, 2, 3, 4]
    assert page["next"] == job.events_path.stat().st_size
    third = page["events"][2]
    assert third["id"] == f"1-{third['offset']}"
    rest = (await api.get(address(job, f"events?after={third['offset']}"))).json()
    assert [event["step"] for event in rest["events"]] == [3, 4]
    first = (await api.get(address(job, "events?limit=1"))).json()
    assert first["next"] == page["events"][0]["offset"]


@pytest.mark.parametrize(
    ("told", "fraction"),
    [
        ({"step": 30, "steps": 2000}, 0.015),
        ({"step": 30, "steps": 2000, "expected_steps": None}, 0.015),
        ({"step": 30, "steps": 2000, "expected_steps": 40}, 0.75),
        ({"step": 41, "steps": 2000, "expected_steps": 40}, 1),
    ],
)
async def test_progress_is_towards_the_end_that_is_expected(
    api: httpx.AsyncClient, job: JobDirectory, told: dict[str, Any], fraction: float
) -> None:
    EventWriter(job.events_path, 1).write("progress", epoch=1, epochs=100, **told)
    view = (await api.get(f"/jobs/{job.path.name}")).json()
    assert view["progress"]["fraction"] == fraction


async def test_a_torn_event_is_passed_over(api: httpx.AsyncClient, job: JobDirectory) -> None:
    writer = EventWriter(job.events_path, 1)
    writer.write("progress", step=1)
    with job.events_path.open("ab") as file:
        file.write(b'{"event": "prog')
    assert len((await api.get(address(job, "events"))).json()["events"]) == 1
    EventWriter(job.events_path, 2).write("progress", step=2)
    page = (await api.get(address(job, "events"))).json()
    assert [event["step"] for event in page["events"]] == [1, 2]


async def test_the_log_folds_carriage_returns(api: httpx.AsyncClient, job: JobDirectory) -> None:
    job.log_path.write_bytes(
        b"first\r\nepoch 1:  0%\repoch 1: 50%\repoch 1: 100%\n\x1b[31mred\x1b[0m <b>\nhalf a li"
    )
    page = (await api.get(address(job, "log"))).json()
    assert page["lines"] == ["first", "epoch 1: 100%", "red <b>"]
    assert page["start"] == 0
    assert page["size"] == job.log_path.stat().st_size
    with job.log_path.open("ab") as file:
        file.write(b"ne\n")
    more = (await api.get(address(job, f"log?after={page['next']}"))).json()
    assert more["lines"] == ["half a line"]


async def test_the_tail_of_a_long_log(api: httpx.AsyncClient, job: JobDirectory) -> None:
    job.log_path.write_text("".join(f"line {number}\n" for number in range(20_000)))
    page = (await api.get(address(job, "log?tail=1&limit=1000"))).json()
    assert page["lines"][-1] == "line 19999"
    assert 50 < len(page["lines"]) < 100
    assert page["next"] == page["size"]
    before = (await api.get(address(job, f"log?before={page['start']}&limit=1000"))).json()
    assert before["next"] == page["start"]
    number = int(page["lines"][0].split()[1])
    assert before["lines"][-1] == f"line {number - 1}"


async def test_the_log_is_downloaded_as_it_is(api: httpx.AsyncClient, job: JobDirectory) -> None:
    assert (await api.get(address(job, "log.txt"))).content == b""
    content = b"a\rb\n" * 200_000
    job.log_path.write_bytes(content)
    answer = await api.get(address(job, "log.txt"))
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    assert "a job-log.txt" in answer.headers["content-disposition"]


async def test_only_named_samples_are_served(
    api: httpx.AsyncClient, job: JobDirectory, tmp_path: Path
) -> None:
    folder = job.samples_path / "3"
    folder.mkdir(parents=True)
    (folder / "0-image.jpg").write_bytes(b"jpeg")
    (folder / "secret.png").write_bytes(b"png")
    (tmp_path / "outside.png").write_bytes(b"outside")
    sample = {
        "stem": "x",
        "image": "samples/3/0-image.jpg",
        "truth": "samples/3/../../spec.json",
        "prediction": "samples/3/gone.png",
    }
    EventWriter(job.events_path, 1).write("sample", epoch=3, samples=[sample])
    answer = await api.get(address(job, "samples/3/0-image.jpg"))
    assert (answer.content, answer.headers["content-type"]) == (b"jpeg", "image/jpeg")
    for other in ("3/secret.png", "3/gone.png", "3/..%2f..%2fspec.json", "4/0-image.jpg"):
        assert (await api.get(address(job, f"samples/{other}"))).status_code == 404


async def test_metrics(api: httpx.AsyncClient, job: JobDirectory) -> None:
    assert (await api.get(address(job, "metrics.csv"))).status_code == 404
    job.metrics_path.write_text("epoch,miou\n1,0.5\n")
    answer = await api.get(address(job, "metrics.csv"))
    assert answer.text == "epoch,miou\n1,0.5\n"
    assert answer.headers["content-type"].startswith("text/csv")


async def test_resources_survive_a_torn_line(api: httpx.AsyncClient, job: JobDirectory) -> None:
    files = job.attempt(0)
    files.path.mkdir(parents=True)
    rows = [{"time": "t", "cpu": float(n), "memory": n} for n in range(200)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    files.resources_path.write_text(text + '{"time": "t", "cp')
    detail = (await api.get(f"/jobs/{job.path.name}")).json()
    assert detail["resources"] == rows[-120:]


def test_activities_read_only_what_is_new(tmp_path: Path, monkeypatch: Any) -> None:
    from docker_sdk_api.jobs import activity as module

    read: list[int] = []
    real = module.read_events

    def counting(path: Path, after: int = 0) -> Any:
        read.append(after)
        return real(path, after)

    monkeypatch.setattr(module, "read_events", counting)
    path = tmp_path / "events.jsonl"
    writer, activities = EventWriter(path, 1), Activities()
    writer.write("started", first_epoch=1)
    writer.write("validation", epoch=1, miou=0.4, best=True)
    assert activities.of(path).best == {"miou": 0.4, "epoch": 1}
    size = path.stat().st_size
    assert activities.of(path) is activities.of(path)
    writer.write("progress", step=7)
    writer.write("notice", message="One.")
    writer.write("notice", message="One.")
    found = activities.of(path)
    assert found.progress is not None
    assert found.progress["step"] == 7
    assert found.notices == ["One."]
    assert read == [0, size]
    path.write_text("")
    assert activities.of(path).best is None


def test_a_resumed_attempt_replaces_what_it_repeats(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first = EventWriter(path, 1)
    first.write("started", first_epoch=1)
    for epoch, miou in ((1, 0.3), (2, 0.6), (3, 0.9)):
        first.write("validation", epoch=epoch, miou=miou, best=True)
        first.write("sample", epoch=epoch, samples=[])
    second = EventWriter(path, 2)
    second.write("started", first_epoch=2)
    second.write("validation", epoch=2, miou=0.5, best=True)
    found = Activities().of(path)
    assert [event["miou"] for event in found.validations] == [0.3, 0.5]
    assert found.best == {"miou": 0.5, "epoch": 2}
    assert found.started is not None
    assert found.started["attempt"] == 2


async def test_what_a_job_takes_on_disk(api: httpx.AsyncClient, job: JobDirectory) -> None:
    before = (await api.get(address(job, "size"))).json()["bytes"]
    (job.path / "checkpoints").mkdir(exist_ok=True)
    (job.path / "checkpoints" / "last.safetensors").write_bytes(bytes(5000))
    assert (await api.get(address(job, "size"))).json() == {"bytes": before + 5000}


async def test_scrolling_back_through_one_very_long_line(
    api: httpx.AsyncClient, job: JobDirectory
) -> None:
    job.log_path.write_text("x" * 5000 + "\nend\n")
    start, parts = 5001, 0
    while start > 0:
        part = (await api.get(address(job, f"log?before={start}&limit=2000"))).json()
        assert part["start"] < start and part["lines"]
        start, parts = part["start"], parts + 1
    assert parts == 3
