"""The size and the names of everything in the repository (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 250
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 14
SUFFIXES = (".py", ".js", ".css", ".html")
BANNED = re.compile(r"(^|_)(utils?|helpers?|managers?|services?|abstract|misc|common)(_|$)")
PLACES = re.compile(r"/(home|work|root|Users)/[a-z]")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def sources() -> tuple[Path, ...]:
    """Our own source files, relative: those that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.splitlines()
    paths = [Path(name) for name in sorted(set(listed))]
    return tuple(path for path in paths if path.suffix in SUFFIXES and (ROOT / path).is_file())


def of_test(path: Path) -> bool:
    return path.parts[0] == "tests"


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(text_of(path)) for path in sources() if path.suffix == ".py"}


def definitions() -> Iterator[tuple[Path, Definition]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, Definition):
                yield path, node


def function_lengths() -> dict[str, int]:
    """Lines of each function from `def` on, its decorators not counted."""
    return {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, node in definitions()
        if not isinstance(node, ast.ClassDef)
    }


def test_files_are_short() -> None:
    lengths = {str(path): len(text_of(path).splitlines()) for path in sources()}
    assert lengths, "no sources found"
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}
    assert statistics.median(lengths.values()) <= MEDIAN_FUNCTION


def test_names_say_what_things_are() -> None:
    names = {part for path in sources() for part in path.with_suffix("").parts if not of_test(path)}
    names |= {
        node.name
        for path, node in definitions()
        if isinstance(node, ast.ClassDef) and not of_test(path)
    }
    snakes = {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in names}
    assert {snake for snake in snakes if BANNED.search(snake)} == set()


def test_what_is_public_is_described() -> None:
    undescribed = [
        f"{path}:{getattr(node, 'lineno', 1)}"
        for path, tree in trees().items()
        if path.parts[0] not in ("tests", "build", "datasets") and tree.body
        for node in (tree, *tree.body)
        if isinstance(node, ast.Module | Definition)
        and not getattr(node, "name", "").startswith("_")
        and not ast.get_docstring(node)
    ]
    assert undescribed == []


def test_no_source_names_a_place_of_one_machine() -> None:
    found = [
        f"{path}:{number}"
        for path in sources()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if PLACES.search(line)
    ]
    assert found == []
