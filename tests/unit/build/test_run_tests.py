"""The sums of several test runs."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import pytest
import run_tests
from console import SetupError
from side_by_side import SideBySide

from tests import conftest

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure message="no"/></testcase>
<testcase name="d"><error message="fixture"/></testcase>
<testcase name="e"><skipped message="x"/></testcase>
</testsuite></testsuites>"""


def test_outcomes_are_counted(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert run_tests.counted(report) == Counter(passed=2, failed=2, skipped=1)


def test_no_report_counts_nothing(tmp_path):
    assert sum(run_tests.counted(tmp_path / "absent.xml").values()) == 0


def test_the_closing_line_speaks_as_pytest_does():
    assert run_tests.closing_line(Counter(passed=12)) == "12 passed, 0 failed"
    counts = Counter(passed=2, failed=1, skipped=3)
    assert run_tests.closing_line(counts) == "2 passed, 3 skipped, 1 failed"


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """Reports and logs in a folder of the test's own."""
    monkeypatch.setattr(run_tests, "LOGS", tmp_path)
    return tmp_path


def a_suite(*tests: str) -> run_tests.Suite:
    return run_tests.Suite("small", run_tests.SERVICE, tests)


def test_a_run_that_dies_before_its_report_is_a_failure(logs):
    with SideBySide() as runner:
        counts = run_tests.run_suite(runner, a_suite("tests/no_such_folder"))
    assert counts["failed"] == 1


def test_a_lane_adds_its_suites_up_and_computes_behind_others(logs, monkeypatch):
    behind = f"import os\ndef test_behind(): assert os.nice(0) > {os.nice(0)}\n"
    (logs / "test_good.py").write_text(f"{behind}def test_two(): pass\n")
    (logs / "test_bad.py").write_text("def test_three(): raise ValueError\n")
    suites = [
        a_suite(f"{logs}/{name}", f"--rootdir={logs}") for name in ("test_good.py", "test_bad.py")
    ]
    monkeypatch.setattr(run_tests, "COMPUTING", suites)
    with SideBySide() as runner:
        assert run_tests.run_lane(runner, suites) == Counter(passed=2, failed=1)


def test_packages_of_the_system_come_before_what_needs_them(logs, monkeypatch):
    (logs / "test_there.py").write_text(
        f"from pathlib import Path\ndef test_it(): assert Path('{logs}/there').exists()\n"
    )
    suites = [a_suite(f"{logs}/test_there.py", f"--rootdir={logs}")]
    monkeypatch.setattr(run_tests, "WAITING", suites)
    monkeypatch.setattr(run_tests.system_packages, "main", (logs / "there").touch)
    with SideBySide() as runner:
        assert run_tests.run_waiting(runner) == Counter(passed=1)


def test_a_missing_environment_is_told_before_anything_runs():
    absent = replace(run_tests.TORCH, folder=".venv-absent")
    with pytest.raises(SetupError, match=r"\.venv-absent is missing, so tests/x cannot run"):
        run_tests.require([run_tests.Suite("absent", absent, ("tests/x",))])


def test_every_folder_of_tests_is_in_one_suite():
    (waiting,) = run_tests.WAITING
    assert waiting.tests == ("tests", "--ignore=tests/unit")
    by_name = {suite.name: suite.tests[0] for suite in run_tests.COMPUTING}
    assert by_name.pop("unit") == "tests/unit"
    assert set(by_name.values()) == {f"tests/{f}" for f in conftest._ENGINE_FOLDERS.values()}
