"""The sums of several test runs."""

from __future__ import annotations

from collections import Counter

import run_tests

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


def test_a_run_that_dies_before_its_report_is_a_failure(monkeypatch):
    monkeypatch.setattr(run_tests, "suite", lambda environment: ["tests/no_such_folder"])
    assert run_tests.run_suite(run_tests.ENVIRONMENTS[0])["failed"] == 1
