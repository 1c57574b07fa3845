"""Fetch jobs over a file server of this machine, with all that hosts do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import free_port
from tests.file_server import Cut, Host, serving
from tests.unit.training_api.fetch_jobs import (
    FetchJob,
    make_fetch_job,
    published,
    safetensors,
    sha256,
)
from tests.waiting import PATIENCE, until
from training_api.reasons import EXIT_FAILED
from training_api.spec.kinds.fetch import KIND

CONTENT = safetensors()


@pytest.fixture
def host() -> Iterator[Host]:
    with serving(Host({"net.safetensors": CONTENT})) as host:
        yield host


def test_a_file_arrives_checked_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == 0
    assert job.arrived == CONTENT and job.leftovers == []
    record = job.cache.record(job.file)
    assert record is not None
    assert record.checked == str(sha256(CONTENT)) and record.source == f"{host.url}/net.safetensors"
    finished = job.last
    assert (finished["event"], finished["bytes"], finished["stopped"]) == (
        "finished",
        len(CONTENT),
        False,
    )
    assert KIND.is_proven(job.directory.attempt(1).launch(), finished)
    progress = job.events("progress")
    assert progress[-1]["bytes"] == progress[-1]["total_bytes"] == len(CONTENT)
    assert job.events("started")[0]["licence"] == "MIT"
    assert job.events("notice") == []


def test_a_file_that_is_here_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert (job.run(), job.run()) == (0, 0)
    assert len(host.requests) == 1 and job.last["event"] == "finished"
    (job.cache.folder(job.file) / job.file.file).write_bytes(b"changed")
    assert job.run() == 0
    assert len(host.requests) == 2 and job.arrived == CONTENT
    assert "changed since it came" in job.events("notice")[0]["message"]


def test_a_cut_connection_goes_on_where_it_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.conducts = [Cut(50_000), Cut(70_000), None]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == 0
    assert host.requests == [None, "bytes=50000-", "bytes=120000-"]
    assert job.arrived == CONTENT


def test_a_later_attempt_goes_on_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.conducts = [Cut(60_000)]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run(pauses=()) == EXIT_FAILED
    assert job.last["reason"] == "no_connection"
    assert job.run() == 0
    assert host.requests == [None, "bytes=60000-"] and job.arrived == CONTENT


@pytest.mark.parametrize("lacking", ["versioned", "ranges"])
def test_a_host_that_cannot_go_on_sends_all_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, lacking: str
) -> None:
    setattr(host, lacking, False)
    host.conducts = [Cut(60_000), None]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == 0
    assert job.arrived == CONTENT and len(host.requests) == 2


def test_another_version_on_the_host_is_fetched_from_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.files["net.safetensors"] = safetensors(300_000)
    host.conducts = [Cut(60_000)]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run(pauses=()) == EXIT_FAILED
    host.files["net.safetensors"] = CONTENT
    assert job.run() == 0
    assert job.arrived == CONTENT


def test_a_whole_file_that_was_not_accepted_yet_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.conducts = [Cut(60_000)]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    job.run(pauses=())
    job.cache.incoming(job.file).write_bytes(CONTENT)
    assert job.run() == 0
    assert host.requests[-1] == f"bytes={len(CONTENT)}-" and job.arrived == CONTENT


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_host_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, status: int
) -> None:
    host.conducts = [status, status, None]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == 0 and len(host.requests) == 3


def test_a_host_that_stays_busy_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.conducts = [503] * 9
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == EXIT_FAILED
    assert len(host.requests) == 4
    assert job.last["reason"] == "no_connection" and "answered 503" in job.last["message"]


def test_without_a_connection_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGSMITH_COMMAND", "docker exec parts segsmith")
    nobody = Host({}, url=f"http://127.0.0.1:{free_port()}")
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, nobody)
    assert job.run() == EXIT_FAILED
    failed = job.last
    assert failed["reason"] == "no_connection"
    assert f"no connection to {nobody.url[7:]}" in failed["message"]
    assert "`docker exec parts segsmith weights add huggingface:net FILE`" in failed["message"]
    assert "Errno" not in failed["message"]
    assert f"{nobody.url}/net.safetensors" in failed["message"]


def test_a_proxy_of_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == EXIT_FAILED and host.requests == []
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert job.run() == 0


def test_a_file_that_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.files.clear()
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    assert job.run() == EXIT_FAILED
    assert len(host.requests) == 1
    assert "answered 404" in job.last["message"] and "weights add" in job.last["message"]


def test_a_stop_keeps_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.hold = threading.Event()
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    thread = threading.Thread(target=job.run)
    thread.start()
    until(lambda: job.directory.events_path.exists() and job.events("progress"))
    job.directory.attempt(1).stop_path.touch()
    host.hold.set()
    thread.join(PATIENCE)
    assert job.last["event"] == "finished" and job.last["stopped"]
    assert 0 < job.last["bytes"] < len(CONTENT) and job.arrived is None
    assert job.run() == 0
    assert host.requests[1] == f"bytes={job.events('finished')[0]['bytes']}-"


def test_two_jobs_for_one_file_bring_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.hold = threading.Event()
    first = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    second = make_fetch_job(tmp_path / "second", published(CONTENT), monkeypatch, host)
    second.cache = FetchJob(second.directory, first.cache, first.file).cache
    threads = [threading.Thread(target=job.run) for job in (first, second)]
    for thread in threads:
        thread.start()
    waits = [job.directory.events_path for job in (first, second)]
    until(lambda: any(path.exists() and "waiting for it" in path.read_text() for path in waits))
    host.hold.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert [job.last["event"] for job in (first, second)] == ["finished"] * 2
    assert len(host.requests) == 1
