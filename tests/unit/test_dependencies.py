"""docs/dependencies.md lists exactly what the project names."""

from __future__ import annotations

import json
import re

from console import ROOT
from project import declared


def name_of(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0]


def named_in_files() -> set[str]:
    project, ours = declared()["project"], declared()["tool"]["segsmith"]
    lines = [*project["dependencies"], *declared()["build-system"]["requires"], ours["node"]]
    lines += [line for extra in project["optional-dependencies"].values() for line in extra]
    lines += [line for extra in ours["no-deps"].values() for line in extra]
    images = ours["images"]
    lines += images["tuning"] + [line for new in images["gpu"].values() for line in new]
    npm = json.loads((ROOT / "gui" / "package.json").read_text())["dependencies"]
    return {name_of(line) for line in lines} | set(npm)


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in cells if row[0].strip() != "package"]


def test_every_dependency_has_one_line_and_no_line_is_left_over():
    names = [row[0] for row in rows()]
    assert sorted(names) == sorted(set(names))
    assert set(names) == named_in_files()


def test_each_line_has_a_reason_and_a_licence():
    assert [row for row in rows() if len(row) != 3 or not all(row)] == []
