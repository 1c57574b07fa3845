"""docs/architecture.md lists the parts that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_listed_part_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = text.split("## Parts", 1)[1].split("```", 2)[1]
    folders = {name for line in block.splitlines() for name in re.findall(r"(\w+)/", line[:18])}
    assert {"docker_sdk_api", "training_api", "inference_api", "gui", "tests"} <= folders
    assert [name for name in sorted(folders) if not (ROOT / name).is_dir()] == []
