"""Run style, types and every test, each in the environment it is for, and add up the results.

    .venv/bin/python build/run_tests.py [--lint-only]

The last line is `N passed, N failed`, with `N skipped` in between where tests were skipped.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

from console import LOGS, ROOT, SetupError, finish, say
from project import ENVIRONMENTS, Environment

SUMMARY = LOGS / "test-summary.txt"
STYLE = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])


def lint() -> bool:
    """Whether style and types hold; each tool prints what it finds."""
    good = True
    for tool, *arguments in STYLE:
        say(f"== {' '.join([tool, *arguments])}")
        good &= (
            subprocess.run([ROOT / ".venv" / "bin" / tool, *arguments], cwd=ROOT).returncode == 0
        )
    return good


def suite(environment: Environment) -> list[str]:
    """The tests of one environment: an engine's own, or all that need no engine's packages."""
    return [f"tests/unit/training_api/{environment.name}"] if environment.engine else ["tests"]


def run_suite(environment: Environment) -> Counter[str]:
    """Run one environment's tests; counts by outcome, `failed` at least 1 if pytest says so."""
    tests = suite(environment)
    if not Path(environment.python).exists():
        raise SetupError(
            f"{environment.folder} is missing, so {tests[0]} cannot run; `make setup` says why."
        )
    report = LOGS / f"tests-{environment.name}.xml"
    report.unlink(missing_ok=True)
    say(f"== pytest in {environment.folder}: {' '.join(tests)}")
    command = [environment.python, "-m", "pytest", "-q", f"--junitxml={report}", *tests]
    code = subprocess.run(command, cwd=ROOT).returncode
    counts = counted(report)
    if code != 0:
        counts["failed"] = max(counts["failed"], 1)
    return counts


def counted(report: Path) -> Counter[str]:
    """Outcomes in a JUnit report; an error in a fixture is a failure. Missing file: nothing."""
    counts: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    if not report.exists():
        return counts
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            counts["failed"] += 1
        elif "skipped" in kinds:
            counts["skipped"] += 1
        else:
            counts["passed"] += 1
    return counts


def closing_line(counts: Counter[str]) -> str:
    """The sums in pytest's words."""
    skipped = f"{counts['skipped']} skipped, " if counts["skipped"] else ""
    return f"{counts['passed']} passed, {skipped}{counts['failed']} failed"


def main(arguments: list[str]) -> int:
    """0 if style, types and all tests are good."""
    SUMMARY.unlink(missing_ok=True)
    clean = lint()
    if arguments == ["--lint-only"]:
        return 0 if clean else 1
    counts: Counter[str] = Counter()
    for environment in ENVIRONMENTS:
        counts += run_suite(environment)
    line = closing_line(counts)
    SUMMARY.write_text(line + "\n", encoding="utf-8")
    if not clean:
        say("Style or types need attention: see the lines of ruff and mypy above.")
    say(line)
    return 0 if clean and counts["failed"] == 0 and counts["passed"] > 0 else 1


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
