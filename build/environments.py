"""Create the project's virtual environments, and renew those whose inputs changed.

    python build/environments.py [NAME ...]        service, torch, gluoncv; default: all

Runs under the system's Python with the standard library alone. A second run with nothing
to do takes well under a second.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import system_packages
import torch_wheel
from console import LOGS, ROOT, SetupError, finish, logged, say
from project import ENVIRONMENTS, Environment, inputs, requirement, without_dependencies

SUPPORTED = ((3, 11), (3, 12))
# MXNet's wheel expects these of the system; a Debian without a compiler lacks them.
MXNET_LIBRARIES = {"libgomp.so.1": "libgomp1", "libquadmath.so.0": "libquadmath0"}


def fingerprint(environment: Environment) -> str:
    """A hash over the declared inputs, the interpreter and the place of the checkout."""
    text = f"{inputs(environment)}\n{sys.version_info[:2]}\n{ROOT}"
    return hashlib.sha256(text.encode()).hexdigest()


def is_current(environment: Environment) -> bool:
    """Whether the environment was completed with the inputs of now."""
    try:
        stamp = json.loads(environment.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return stamp.get("inputs") == fingerprint(environment)


def build(environment: Environment) -> None:
    """Create or renew one environment and check it; SetupError says what failed."""
    started = time.monotonic()
    log = LOGS / f"{environment.name}.log"
    log.unlink(missing_ok=True)
    wanted = fingerprint(environment)
    say(f"{environment.folder}: installing {environment.holds}")
    if environment.name == "gluoncv":
        system_packages.require_libraries(MXNET_LIBRARIES, "The gluoncv engine needs MXNet's")
    _create(environment, log)
    environment.stamp.unlink(missing_ok=True)
    _install_packages(environment, log)
    _check(environment, log)
    environment.stamp.write_text(json.dumps({"inputs": wanted}) + "\n", encoding="utf-8")
    say(f"{environment.folder}: ready after {time.monotonic() - started:.0f} s")


def _create(environment: Environment, log: Path) -> None:
    folder = ROOT / environment.folder
    if (folder / "bin" / "python").exists() and _same_python(environment):
        return
    shutil.rmtree(folder, ignore_errors=True)
    _require_venv_module()
    if logged([sys.executable, "-m", "venv", str(folder)], log) != 0:
        raise SetupError(_sentence(f"{environment.folder} could not be created", log))


def _same_python(environment: Environment) -> bool:
    """Whether the environment is of this Python and was made for this very folder."""
    code = "import sys; print(*sys.version_info[:2], sys.prefix)"
    asked = subprocess.run([environment.python, "-c", code], capture_output=True, text=True)
    major, minor = sys.version_info[:2]
    return asked.stdout.strip() == f"{major} {minor} {ROOT / environment.folder}"


def _require_venv_module() -> None:
    """Debian and Ubuntu ship `venv` without its pip in a package of its own."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True)
    if probe.returncode != 0:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        system_packages.install([package], "Python's venv module is incomplete here")


def _install_packages(environment: Environment, log: Path) -> None:
    options: list[str] = []
    if environment.name == "torch":
        options = _install_torch(environment, log)
    extra = without_dependencies(environment.name)
    if extra:
        _pip(environment, ["--no-deps", *options, *extra], log)
    locked = environment.constrained and environment.lock.exists()
    constraints = ["-c", str(environment.lock)] if locked else []
    _pip(environment, ["-e", f".[{','.join(environment.extras)}]", *constraints], log)


def _install_torch(environment: Environment, log: Path) -> list[str]:
    """PyTorch before all else, so that nothing later may choose its build."""
    wanted = requirement("torch", "torch")
    options, chosen = torch_wheel.source(environment.python, wanted)
    say(f"{environment.folder}: {chosen}")
    # The CPU index holds few other packages: the rest comes with the usual sources.
    _pip(environment, [*(["--no-deps", *options] if options else []), wanted], log)
    return options


def _pip(environment: Environment, arguments: list[str], log: Path) -> None:
    command = [environment.python, "-m", "pip", "install", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", *arguments]
    if logged(command, log) != 0:
        what = " ".join(a for a in arguments if not a.startswith("-") and "/" not in a)
        raise SetupError(_sentence(f"{environment.folder}: pip could not install {what}", log))


def _check(environment: Environment, log: Path) -> None:
    if not environment.engine:
        return
    script = ROOT / "build" / f"check_{environment.name}.py"
    if logged([environment.python, str(script)], log) != 0:
        raise SetupError(
            _sentence(f"{environment.folder} was installed but does not train a single step", log)
        )


def _sentence(failure: str, log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    if "No space left on device" in text:
        remedy = "The disk is full: free some space and run `make setup` again"
    elif "NewConnectionError" in text or "Failed to establish a new connection" in text:
        remedy = "The package index does not answer: check the connection and run it again"
    else:
        remedy = "Read the end of that file, then run `make setup` again"
    return f"{failure}; the details are in {log.relative_to(ROOT)}. {remedy}."


def attempt(environment: Environment) -> str | None:
    """Build one environment; an engine that fails is removed again and its sentence returned."""
    existed = (ROOT / environment.folder).exists()
    try:
        build(environment)
    except SetupError as error:
        if not environment.engine:
            raise
        if not existed:
            shutil.rmtree(ROOT / environment.folder, ignore_errors=True)
        return f"Left out: {environment.holds}. {error}"
    return None


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time work in this checkout; a second one waits."""
    LOGS.mkdir(exist_ok=True)
    with (LOGS / "running").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up works in this folder; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main(names: list[str] | None = None) -> int:
    """Bring the named environments (default: all) up to date; 0 unless the service's fails."""
    if sys.version_info[:2] not in SUPPORTED:
        raise SetupError(
            f"this is Python {sys.version.split()[0]}, and Segsmith needs 3.11 or 3.12; "
            "install one of them, or name it: `make setup PYTHON=/path/to/python3.12`."
        )
    chosen = [e for e in ENVIRONMENTS if not names or e.name in names]
    with alone():
        todo = [e for e in chosen if not is_current(e)]
        with ThreadPoolExecutor(max_workers=len(ENVIRONMENTS)) as pool:
            sentences = list(pool.map(attempt, todo))
    for sentence in filter(None, sentences):
        say(sentence)
    return 0


if __name__ == "__main__":
    finish(lambda: main(sys.argv[1:]))
