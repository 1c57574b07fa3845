"""Install one environment of an image, while the image is built; ROOT is where it stays.

    python3 build/image_environment.py ROLE [VARIANT [DEBIAN_PACKAGE ...]]

ROLE is a part of the service or an engine. Needs root, pip and a way to packages. Nothing that is
only of use during the installation remains.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import torch_wheel
from console import ROOT, SetupError, finish, say
from image_requirements import Contents, contents
from project import declared

# What MXNet's wheels expect of the system; PyTorch brings its own.
MXNET_PACKAGES = ("libgomp1", "libquadmath0")
ALLOCATOR = "libtcmalloc-minimal4"
# What only development needs: tests, their data, headers, and what stands beside libiomp5.so.
UNUSED = (
    "lib/lib[!i]*.so",
    "lib/libiomp5_db.so",
    "lib/libiompstubs5.so",
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


def install(role: str, variant: str, system: list[str]) -> None:
    """Make ROOT/.venv* for `role`, and install the packages `system`. Raises SetupError."""
    wanted = contents(role, variant)
    mxnet = MXNET_PACKAGES if role == "gluoncv" else ()
    _system([*mxnet, *([ALLOCATOR] if wanted.tuned else []), *system])
    folder = ROOT / wanted.environment.folder
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    _packages(wanted, variant)
    _ours(folder)
    if role == "gluoncv" and variant.startswith("gpu"):
        _libraries_of_cuda(folder)
    if wanted.tuned:
        _tune(folder)
    _slim(folder)


def _packages(wanted: Contents, variant: str) -> None:
    python = wanted.environment.python
    options: list[str] = []
    if wanted.torch and not variant.startswith("gpu"):
        options, chosen = torch_wheel.source(sys.executable, wanted.torch)
        say(chosen)
    if wanted.torch:
        # The CPU index holds few other packages: the rest comes with the usual sources.
        _pip(python, [*(["--no-deps", *options] if options else []), wanted.torch])
    if wanted.without_dependencies:
        _pip(python, ["--no-deps", *options, *wanted.without_dependencies])
    _pip(python, ["-c", str(wanted.environment.lock), *wanted.packages])


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
    shutil.rmtree("/var/lib/apt/lists", ignore_errors=True)


def _ours(folder: Path) -> None:
    """Let the environment find our packages at ROOT, which a later layer brings, and their names.

    A file of paths and a few lines of metadata are what an editable installation would write;
    so a change of the code needs no pip.
    """
    site = next(folder.glob("lib/python3.*/site-packages"))
    (site / "segsmith.pth").write_text(f"{ROOT}\n")
    project = declared()["project"]
    about = site / f"segsmith-{project['version']}.dist-info"
    about.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    (about / "METADATA").write_text("\n".join(lines) + "\n")
    module, function = project["scripts"]["segsmith"].split(":")
    command = folder / "bin" / "segsmith"
    text = f"#!{folder}/bin/python\nimport sys\nfrom {module} import {function}\n\n"
    command.write_text(text + f"sys.exit({function}())\n")
    command.chmod(0o755)


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
    role, variant = (*arguments, "cpu")[:2]
    install(role, variant, arguments[2:])
    return 0


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
