"""What a fetch job accepts, and what it turns away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.file_server import Cut, Host, serving
from tests.unit.training_api.fetch_jobs import make_fetch_job, published, safetensors, sha256
from training_api.reasons import EXIT_FAILED
from training_api.weights.weight_file import Digest

CONTENT = safetensors()


@pytest.fixture
def host() -> Iterator[Host]:
    with serving(Host({"net.safetensors": CONTENT})) as host:
        yield host


def test_a_wrong_digest_removes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    right, wrong = sha256(CONTENT).value, sha256(b"").value
    file = published(digest=Digest(algorithm="sha256", value=wrong))
    job = make_fetch_job(tmp_path, file, monkeypatch, host)
    assert job.run() == EXIT_FAILED
    failed = job.last
    assert failed["reason"] == "wrong_digest"
    assert right in failed["message"] and wrong in failed["message"]
    assert job.arrived is None and job.leftovers == []


def test_what_was_resumed_and_does_not_fit_is_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.conducts = [Cut(60_000)]
    job = make_fetch_job(tmp_path, published(CONTENT), monkeypatch, host)
    job.run(pauses=())
    job.cache.incoming(job.file).write_bytes(b"x" * 60_000)  # as a torn disk may leave it
    assert job.run() == 0
    assert host.requests == [None, "bytes=60000-", None] and job.arrived == CONTENT
    assert "fetched anew" in job.events("notice")[-1]["message"]


def test_a_digest_that_the_host_names_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.headers = {"X-Linked-ETag": f'"{sha256(b"").value}"', "X-Repo-Commit": "4711"}
    job = make_fetch_job(tmp_path, published(), monkeypatch, host)
    assert job.run() == EXIT_FAILED and job.last["reason"] == "wrong_digest"
    host.headers["X-Linked-ETag"] = f'"{sha256(CONTENT).value}"'
    assert job.run() == 0
    record = job.cache.record(job.file)
    assert record is not None
    assert (record.checked, record.revision) == (str(sha256(CONTENT)), "4711")


def test_weights_without_any_digest_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    job = make_fetch_job(tmp_path, published(), monkeypatch, host)
    assert job.run() == 0
    assert sha256(CONTENT).value in job.events("notice")[-1]["message"]


@pytest.mark.parametrize("page", [b"", b"<html>Sign in</html>", b"\x08" + bytes(7) + b'"words"!'])
def test_a_page_of_words_is_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, page: bytes
) -> None:
    host.files["net.safetensors"] = page
    job = make_fetch_job(tmp_path, published(), monkeypatch, host)
    assert job.run() == EXIT_FAILED
    assert job.last["reason"] == "wrong_digest" and "no safetensors" in job.last["message"]
    assert job.arrived is None


def test_more_bytes_than_the_file_can_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.files["net.safetensors"] = bytes(5 << 20)
    job = make_fetch_job(tmp_path, published(mebibytes=1.0), monkeypatch, host)
    assert job.run() == EXIT_FAILED
    assert "3 MB that this file can have" in job.last["message"] and job.leftovers == []


def zipped(content: bytes, name: str = "net.params") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def packed(**changes: Any) -> Any:
    names = {"id": "gluoncv:net", "path": "net.zip", "file": "net.params", "packed": True}
    return published(b"arrays", engine="gluoncv", **names | changes)


def test_a_packed_file_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    host.files["net.zip"] = zipped(b"arrays")
    job = make_fetch_job(tmp_path, packed(), monkeypatch, host)
    assert job.run() == 0
    assert job.arrived == b"arrays" and job.leftovers == []


@pytest.mark.parametrize(
    ("archive", "word"),
    [
        (zipped(b"other"), "should begin with"),
        (zipped(b"arrays", "../../else.txt"), "does not hold net.params"),
        (zipped(bytes(range(256)) * 90)[:-30] + zipped(b"arrays")[-30:], "damaged"),
        (zipped(bytes(9 << 20)), "unpacks to more"),
    ],
)
def test_a_wrong_archive_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, archive: bytes, word: str
) -> None:
    host.files["net.zip"] = archive
    job = make_fetch_job(tmp_path, packed(mebibytes=1.0), monkeypatch, host)
    assert job.run() == EXIT_FAILED
    assert word in job.last["message"] and job.last["reason"] == "wrong_digest"
    assert job.arrived is None and job.leftovers == []
