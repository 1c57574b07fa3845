"""What becomes of a worker that fails."""

from __future__ import annotations

import errno

import pytest

from training_api.reasons import EXIT_DISK_FULL, EXIT_FAILED
from training_api.spec.errors import InvalidDataset, OutOfSpace
from training_api.worker import exit_code_of


@pytest.mark.parametrize(
    ("error", "code", "reason", "traceback"),
    [
        (InvalidDataset("A file is gone."), EXIT_FAILED, "bad_data", False),
        (OSError(errno.ENOSPC, "No space left on device"), EXIT_DISK_FULL, "disk_full", True),
        (ZeroDivisionError("division by zero"), EXIT_FAILED, "error", True),
    ],
)
def test_a_failure_is_told_with_its_reason(
    error: Exception, code: int, reason: str, traceback: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[str, str]] = []

    def work() -> int:
        raise error

    assert exit_code_of(work, lambda *words: told.append(words)) == code
    assert [entry[0] for entry in told] == [reason]
    assert ("Traceback" in capsys.readouterr().out) is traceback


def test_a_full_disk_that_takes_no_event_still_gives_its_code() -> None:
    def refuse(*_: object) -> None:
        raise OutOfSpace("The disk is full.")

    def work() -> int:
        raise OutOfSpace("The disk is full.")

    assert exit_code_of(work, refuse) == EXIT_DISK_FULL
    assert exit_code_of(lambda: 0, refuse) == 0
