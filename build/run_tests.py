"""Run style, types and every test, each in the environment it is for, and add up the results.

    .venv/bin/python build/run_tests.py [--lint-only]

The suites run side by side in lanes: one waits for containers, browsers and processes while another
computes. The last line is `N passed, N failed`, with `N skipped` in between where tests were
skipped.
"""

from __future__ import annotations

import os
import signal
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import system_packages
from console import LOGS, ROOT, SetupError, finish, say
from project import ENVIRONMENTS, Environment
from side_by_side import SideBySide

SUMMARY = LOGS / "test-summary.txt"
STYLE = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
SERVICE, TORCH, GLUONCV = ENVIRONMENTS


@dataclass(frozen=True)
class Suite:
    """Tests that one run of pytest goes through."""

    name: str
    environment: Environment
    tests: tuple[str, ...]  # what pytest is told

    @property
    def title(self) -> str:
        return f"pytest in {self.environment.folder}: {' '.join(self.tests)}"


# One suite alone uses Docker: an engine of the tests' own serves one run at a time.
WAITING = (Suite("service", SERVICE, ("tests", "--ignore=tests/unit")),)
COMPUTING = (
    Suite("unit", SERVICE, ("tests/unit",)),
    Suite("torch", TORCH, ("tests/unit/training_api/torch",)),
    Suite("gluoncv", GLUONCV, ("tests/unit/training_api/gluoncv",)),
)
# Jobs of the local runner have this too: at 0, the computing lane would leave them next to nothing.
NICE = ("nice", "-n", "10")


def lint(runner: SideBySide) -> bool:
    """Whether style and types hold; each tool prints what it finds."""
    codes = []
    for number, (tool, *arguments) in enumerate(STYLE):
        title = " ".join([tool, *arguments])
        command = [str(ROOT / ".venv" / "bin" / tool), *arguments]
        codes.append(runner.run("lint", title, command, LOGS / f"lint-{number}.log"))
    return not any(codes)


def require(suites: Iterable[Suite]) -> None:
    """SetupError if the environment of one of them is not there."""
    for suite in suites:
        if not Path(suite.environment.python).exists():
            raise SetupError(
                f"{suite.environment.folder} is missing, so {suite.tests[0]} cannot run; "
                "`make setup` says why."
            )


def run_suite(runner: SideBySide, suite: Suite) -> Counter[str]:
    """Run one suite; counts by outcome, `failed` at least 1 if pytest says so."""
    report = LOGS / f"tests-{suite.name}.xml"
    report.unlink(missing_ok=True)
    first = NICE if suite in COMPUTING else ()
    command = [*first, suite.environment.python, "-m", "pytest", "-q", f"--junitxml={report}"]
    command += ["--color=yes"] if sys.stdout.isatty() else []
    log = LOGS / f"tests-{suite.name}.log"
    code = runner.run(suite.name, suite.title, [*command, *suite.tests], log)
    counts = counted(report)
    if code != 0:
        counts["failed"] = max(counts["failed"], 1)
    return counts


def run_lane(runner: SideBySide, suites: Sequence[Suite]) -> Counter[str]:
    """Run suites one after the other; the sums."""
    counts: Counter[str] = Counter()
    for suite in suites:
        counts += run_suite(runner, suite)
    return counts


def run_waiting(runner: SideBySide) -> Counter[str]:
    """The lane that needs the system's packages: they are installed while the other computes."""
    system_packages.main()
    return run_lane(runner, WAITING)


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


def run_all() -> int:
    """0 if style, types and all tests are good."""
    require([*WAITING, *COMPUTING])
    with ThreadPoolExecutor() as pool, SideBySide() as runner:
        lanes = [pool.submit(run_waiting, runner), pool.submit(run_lane, runner, COMPUTING)]
        style = pool.submit(lint, runner)
        clean = style.result()
        counts = sum((lane.result() for lane in lanes), Counter())
    line = closing_line(counts)
    SUMMARY.write_text(line + "\n", encoding="utf-8")
    if not clean:
        say("Style or types need attention: see the lines of ruff and mypy above.")
    say(line)
    return 0 if clean and counts["failed"] == 0 and counts["passed"] > 0 else 1


def main(arguments: list[str]) -> int:
    """0 if all that was asked for is good."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # Hundreds of processes import the same modules: they are compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    SUMMARY.unlink(missing_ok=True)
    if arguments == ["--lint-only"]:
        with SideBySide() as runner:
            return 0 if lint(runner) else 1
    return run_all()


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
