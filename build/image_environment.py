"""Install one environment of an image, while the image is built; ROOT is where it stays.

    python3 build/image_environment.py CONTENTS [DEBIAN_PACKAGE ...]

CONTENTS is a file of build/image_requirements.py. Needs root, pip and a way to packages. Nothing
that is only of use during the installation remains.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch_wheel
from console import ROOT, SetupError, finish, say

# What MXNet's wheels expect of the system; PyTorch brings its own.
MXNET_PACKAGES = ("libgomp1", "libquadmath0")
ALLOCATOR = "libtcmalloc-minimal4"
# What only development needs: tests, their data, headers, and what stands beside libiomp5.so.
UNUSED = (
    "lib/lib[!i]*",
    "lib/libiomp5[!.]*",
    "lib/libiomp5.[!s]*",
    "lib/libiompstubs5*",
    "opt",
    "lib/python3.*/site-packages/torch/test",
    "lib/python3.*/site-packages/torch/bin/[!t]*",
    "lib/python3.*/site-packages/torch/bin/test*",
    "lib/python3.*/site-packages/onnx/backend/test/data",
    "lib/python3.*/site-packages/numpy/**/tests",
    "lib/python3.*/site-packages/networkx/**/tests",
    "lib/python3.*/site-packages/scipy/**/tests",
    "lib/python3.*/site-packages/sympy/**/tests",
    "lib/python3.*/site-packages/**/*.a",
)
HEADERS = "lib/python3.*/site-packages/torch/include"  # what `compile` builds against


def install(wanted: dict[str, Any], system: list[str]) -> None:
    """Make the environment that `wanted` describes, and install the packages `system`.

    Raises SetupError.
    """
    mxnet = wanted["role"] == "gluoncv"
    names = [*(MXNET_PACKAGES if mxnet else ()), *([ALLOCATOR] if wanted["tuning"] else ())]
    _system([*names, *system])
    folder = ROOT / wanted["folder"]
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    _packages(wanted, str(folder / "bin" / "python"))
    if mxnet and wanted["variant"].startswith("gpu"):
        _libraries_of_cuda(folder)
    if wanted["tuning"]:
        _pip(str(folder / "bin" / "python"), ["--no-deps", *wanted["tuning"]])
        _tune(folder)
    _slim(folder)


def _packages(wanted: dict[str, Any], python: str) -> None:
    options: list[str] = []
    torch = wanted["torch"]
    if torch and not wanted["variant"].startswith("gpu"):
        options, chosen = torch_wheel.source(sys.executable, torch)
        say(chosen)
    if torch:
        # The CPU index holds few other packages: the rest comes with the usual sources.
        _pip(python, [*(["--no-deps", *options] if options else []), torch])
    if wanted["without_dependencies"]:
        _pip(python, ["--no-deps", *options, *wanted["without_dependencies"]])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
        lock.write(wanted["lock"])
        lock.flush()
        _pip(python, ["-c", lock.name, *wanted["packages"]])


def _pip(python: str, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--no-input"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"]
    _run([*command, "--root-user-action=ignore", *arguments])


def _system(packages: list[str]) -> None:
    if not packages:
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], environment)
    _run(["apt-get", "-qy", "install", "--no-install-recommends", *packages], environment)
    _run(["apt-get", "clean"])
    shutil.rmtree("/var/lib/apt/lists", ignore_errors=True)


def _libraries_of_cuda(folder: Path) -> None:
    """MXNet's wheel looks for CUDA's libraries where the system has its own."""
    places = sorted(str(place) for place in folder.glob("lib/python3.*/site-packages/nvidia/*/lib"))
    Path("/etc/ld.so.conf.d/segsmith-cuda.conf").write_text("\n".join(places) + "\n")
    _run(["ldconfig"])


def _tune(folder: Path) -> None:
    """Put build/tuned_python.sh before the environment's interpreter: libraries come first."""
    libraries = [
        folder / "lib" / "libiomp5.so",
        *Path("/usr/lib").glob("*/libtcmalloc_minimal.so.4"),
    ]
    missing = [str(library) for library in libraries if not library.exists()]
    if missing or len(libraries) != 2:
        raise SetupError(f"{folder.name} has no {missing or ALLOCATOR} to be tuned with.")
    text = (ROOT / "build" / "tuned_python.sh").read_text()
    (folder / "bin" / "python").unlink()
    wrapper = folder / "bin" / "python"
    wrapper.write_text(text.replace("@LIBRARIES@", ":".join(map(str, libraries))))
    wrapper.chmod(0o755)


def _slim(folder: Path) -> None:
    for pattern in (*UNUSED, *(() if shutil.which("g++") else (HEADERS,))):
        for path in sorted(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    if subprocess.run(command, env=environment).returncode != 0:
        raise SetupError(
            f"`{' '.join(command[:6])} …` failed, see above. Without a way to the Internet but by "
            "a proxy, pass it on: `./setup_solution_parameters.sh --proxy URL` writes it down."
        )


def main(arguments: list[str]) -> int:
    """0 when the environment is complete."""
    file, *system = arguments
    install(json.loads(Path(file).read_text(encoding="utf-8")), system)
    return 0


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
