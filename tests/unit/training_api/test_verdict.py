"""How an attempt's end is read from what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.reasons import EXIT_DISK_FULL, EXIT_FAILED, EXIT_TERMINATED
from training_api.spec.events import Event
from training_api.verdict import Evidence, judge


def finished(stopped: bool = False, model_id: str | None = "model-1") -> list[Event]:
    return [{"event": "finished", "stopped": stopped, "model_id": model_id}]


def failed(reason: str) -> list[Event]:
    return [{"event": "failed", "reason": reason, "message": "A sentence."}]


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ({"exit_code": 0, "events": finished(), "proven": True}, "succeeded", None),
        ({"exit_code": 0, "events": finished()}, "failed", "error"),
        ({"exit_code": 0}, "failed", "error"),
        ({"exit_code": -11, "events": finished(), "proven": True}, "failed", "crashed"),
        ({"exit_code": 0, "events": finished(True), "proven": True}, "cancelled", None),
        ({"exit_code": 0, "events": finished(True, None)}, "cancelled", None),
        ({"exit_code": EXIT_FAILED, "events": failed("bad_data")}, "failed", "bad_data"),
        ({"exit_code": EXIT_FAILED, "events": failed("diverged")}, "failed", "diverged"),
        ({"exit_code": 28, "events": failed("disk_full")}, "interrupted", "disk_full"),
        ({"exit_code": EXIT_DISK_FULL}, "interrupted", "disk_full"),
        ({"exit_code": EXIT_TERMINATED}, "interrupted", "killed"),
        ({"exit_code": EXIT_TERMINATED, "terminated": True}, "interrupted", "killed"),
        ({"exit_code": EXIT_TERMINATED, "oom_kill": True}, "failed", "out_of_memory"),
        ({"exit_code": EXIT_TERMINATED, "oom_kill": True, "terminated": True}, "interrupted",
         "killed"),
        ({"exit_code": EXIT_TERMINATED, "stop_requested": True}, "cancelled", None),
        ({"exit_code": -15, "terminated": True}, "interrupted", "killed"),
        ({"exit_code": -9, "stop_requested": True}, "cancelled", None),
        ({"exit_code": -9}, "interrupted", "killed"),
        ({"exit_code": -9, "oom_kill": True}, "failed", "out_of_memory"),
        ({"exit_code": -9, "oom_kill": True, "terminated": True}, "interrupted", "killed"),
        ({"exit_code": EXIT_FAILED, "events": failed("killed")}, "interrupted", "killed"),
        ({"exit_code": EXIT_FAILED, "events": failed("killed"), "oom_kill": True}, "failed",
         "out_of_memory"),
        ({"exit_code": -1}, "interrupted", "killed"),
        ({"exit_code": -6}, "failed", "crashed"),
        ({"exit_code": -7}, "failed", "crashed"),
        ({"exit_code": 1, "log_tail": ["ImportError: no torch"]}, "failed", "error"),
        ({"exit_code": 1, "log_tail": ["a", "MemoryError: out of memory", ""]}, "failed",
         "out_of_memory"),
        ({"exit_code": 1, "log_tail": ["OSError: No space left on device"]}, "interrupted",
         "disk_full"),
    ],
)  # fmt: skip
def test_every_ending_has_one_reading(
    facts: dict[str, Any], state: str, reason: str | None
) -> None:
    verdict = judge(Evidence(**{"events": [], "log_tail": []} | facts))
    assert (verdict.state, verdict.reason) == (state, reason)
    assert verdict.state == "succeeded" or verdict.message.endswith((".", "torch", "output"))


def test_the_model_is_named_only_if_it_is_there() -> None:
    there = Evidence(0, finished(stopped=True), [], proven=True)
    assert judge(there).model_id == "model-1"
    gone = Evidence(0, finished(stopped=True), [], proven=False)
    assert judge(gone).model_id is None and "no model yet" in judge(gone).message


def test_the_last_log_line_explains_an_unknown_exit() -> None:
    verdict = judge(Evidence(3, [], ["one", "ValueError: the cause", " "]))
    assert "exit code 3" in verdict.message and "ValueError: the cause" in verdict.message
