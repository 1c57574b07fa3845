"""Atomic files, logs, the job directory and its lock."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Corrupt, NotFound, OutOfSpace
from training_api.spec.files import append_line, read_json, write_atomically, write_json
from training_api.spec.logs import clean_line, line_start, log_tail, read_log, tail_offset


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": True})

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutOfSpace, match=r"a\.json"):
        write_json(path, {"old": False})
    assert read_json(path) == {"old": True}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_modes_are_kept(tmp_path: Path) -> None:
    write_atomically(tmp_path / "token", b"x", 0o600)
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_unreadable_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"b\.json does not exist"):
        read_json(tmp_path / "b.json")
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(Corrupt, match=r"b\.json is not valid JSON"):
        read_json(tmp_path / "b.json")


def test_a_progress_bar_is_folded_and_escapes_are_removed() -> None:
    assert clean_line(b" 10%\r 50%\r100% \x1b[1mdone\x1b[0m\n") == "100% done"
    assert clean_line("a\u202eb\x07".encode()) == "ab"


def test_a_log_is_read_in_pieces_without_losing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)) + b"unfinished")
    lines: list[str] = []
    offset = 0
    while True:
        piece, following = read_log(path, offset, limit=100)
        if following == offset:
            break
        lines += piece
        offset = following
    assert lines == [f"line {number}" for number in range(1000)]
    assert log_tail(path, 2) == ["line 999", "unfinished"]
    assert read_log(path, tail_offset(path, 30))[0] == ["line 998", "line 999"]


def test_one_long_line_does_not_stop_reading(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"x" * 1000 + b"\nend\n")
    lines: list[str] = []
    offset = 0
    while (piece := read_log(path, offset, limit=64))[1] != offset:
        lines += piece[0]
        offset = piece[1]
    assert lines[-1] == "end"
    assert "".join(lines[:-1]) == "x" * 1000


def test_the_lock_is_seen_by_others(tmp_path: Path) -> None:
    attempt = JobDirectory(tmp_path).attempt(1)
    attempt.path.mkdir(parents=True)
    assert not attempt.is_locked()
    with attempt.locked():
        assert attempt.is_locked()
        with pytest.raises(BlockingIOError), attempt.locked():
            pass
    assert not attempt.is_locked()


def test_a_line_starts_after_the_byte_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("first\nsecond\nthird\n")
    assert line_start(path, 0) == 0
    assert line_start(path, 3) == len("first\n")
    assert read_log(path, line_start(path, 8))[0] == ["third"]


def test_two_threads_may_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    failures: list[Exception] = []

    def write(value: int) -> None:
        try:
            for _ in range(50):
                write_json(path, {"value": value})
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(value,)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert read_json(path)["value"] in range(4)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_line_written_in_part_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    append_line(path, {"event": "progress", "step": 1})
    whole, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(OutOfSpace, match=r"events\.jsonl"):
        append_line(path, {"event": "progress", "step": 2})
    assert path.read_bytes() == whole
