"""Resolve the newest versions within pyproject.toml's ranges and write build/locks/.

    python build/lock.py [NAME ...]        service, torch, gluoncv; default: all

A lock is a list of exact versions without addresses, used as pip's constraints. PyTorch and
what its CUDA build brings are left out, as they differ between machines.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys

from console import LOGS, ROOT, finish, say
from environments import build
from project import ENVIRONMENTS, Environment

EXEMPT = re.compile(r"(torch|torchvision|triton|nvidia[-_].*|cuda[-_].*)$", re.IGNORECASE)


def lines(frozen: str) -> list[str]:
    """The `name==version` lines of `pip freeze` that belong in a lock file, sorted."""
    pinned = (line for line in frozen.splitlines() if re.match(r"[A-Za-z0-9._-]+==\S+$", line))
    kept = (line for line in pinned if not EXEMPT.match(line.split("==")[0]))
    return sorted(kept, key=str.lower)


def lock(environment: Environment) -> None:
    """Build the environment afresh without constraints in a folder of its own, and freeze it."""
    folder = f"{LOGS.name}/lock/{environment.name}"
    shutil.rmtree(ROOT / folder, ignore_errors=True)
    fresh = dataclasses.replace(environment, folder=folder, constrained=False)
    build(fresh)
    freeze = [fresh.python, "-m", "pip", "freeze", "--exclude-editable"]
    frozen = subprocess.run(freeze, capture_output=True, text=True, check=True).stdout
    environment.lock.write_text("\n".join(lines(frozen)) + "\n", encoding="utf-8")
    shutil.rmtree(ROOT / folder)
    say(f"{environment.lock.relative_to(ROOT)}: written")


def main(names: list[str]) -> int:
    """Write the named locks (default: all), one after another."""
    for environment in ENVIRONMENTS:
        if not names or environment.name in names:
            lock(environment)
    return 0


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
