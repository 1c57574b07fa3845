"""Benchmarks: which Python runs them, and when their goals hold."""

from __future__ import annotations

import pytest
import run_benchmarks
from console import ROOT, SetupError


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Returns a function that writes a benchmark below a root of its own."""
    monkeypatch.setattr(run_benchmarks, "ROOT", tmp_path)

    def write(text: str):
        path = tmp_path / "figure.py"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("docstring", "folder"),
    [
        ("A figure: `.venv-torch/bin/python tests/bench/figure.py`.", ".venv-torch"),
        ("A figure of the service.", ".venv"),
    ],
)
def test_the_docstring_names_the_interpreter(script, tmp_path, docstring, folder):
    path = script(f'"""{docstring}"""\n')
    assert run_benchmarks.interpreter(path) == tmp_path / folder / "bin" / "python"


def test_the_last_line_is_the_result(script, tmp_path):
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    assert run_benchmarks.run(script("print('hello'); print('{\"name\": \"x\"}')"), []) == {
        "name": "x"
    }
    with pytest.raises(SetupError, match=r"figure\.py ended with code 1 and without a result"):
        run_benchmarks.run(script("raise SystemExit(1)"), [])


@pytest.mark.parametrize(
    ("ratio", "quick", "word"),
    [(1.2, False, "holds"), (0.8, False, "MISSED"), (0.8, True, "quick")],
)
def test_every_goal_must_be_reached(ratio, quick, word):
    goals = [{"name": "rate", "ratio": ratio, "goal": 1.0}]
    result = {"name": "x", "goals": goals, "quick": quick}
    assert word in run_benchmarks.verdict(result)
    assert run_benchmarks.holds(result) == (word != "MISSED")
