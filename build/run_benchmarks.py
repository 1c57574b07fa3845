"""Run the scripts of tests/bench one after another and say which goals hold.

    .venv/bin/python build/run_benchmarks.py [--quick] [NAME ...]

A script names its interpreter in its docstring (`.venv-torch/bin/python tests/bench/NAME.py`;
otherwise the service's environment runs it) and prints one JSON object as its last line.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from console import ROOT, SetupError, finish, say

BENCH = ROOT / "tests" / "bench"


def interpreter(script: Path) -> Path:
    """The Python that the script's docstring asks for."""
    found = re.search(r"(\.venv[\w-]*)/bin/python", script.read_text(encoding="utf-8")[:2000])
    return ROOT / (found[1] if found else ".venv") / "bin" / "python"


def run(script: Path, options: list[str]) -> dict:
    """The script's own result; its other output passes through."""
    command = [str(interpreter(script)), str(script), *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise SetupError(
            f"{script.relative_to(ROOT)} ended with code {done.returncode} and without a result "
            "on its last line; run it by itself to see why."
        ) from error


def verdict(result: dict) -> str:
    """One line per benchmark: each goal's ratio beside what it must reach."""
    goals = [f"{g['name']} {g['ratio']:.3g} (goal {g['goal']:g})" for g in result["goals"]]
    if result.get("quick"):
        return f"{result['name']}: quick, proves nothing: {'; '.join(goals)}"
    return f"{result['name']}: {'holds' if holds(result) else 'MISSED'}: {'; '.join(goals)}"


def holds(result: dict) -> bool:
    """Whether every goal is reached; a quick run proves none, and misses none."""
    return result.get("quick", False) or all(g["ratio"] >= g["goal"] for g in result["goals"])


def main(arguments: list[str]) -> int:
    """0 if all goals hold."""
    options = [a for a in arguments if a.startswith("-")]
    names = [a for a in arguments if not a.startswith("-")]
    scripts = [s for s in sorted(BENCH.glob("[a-z]*.py")) if not names or s.stem in names]
    results = []
    for script in scripts:
        say(f"== {script.relative_to(ROOT)}")
        results.append(run(script, options))
    for result in results:
        say(verdict(result))
    return 0 if all(holds(result) for result in results) else 1


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
