"""The checks of `segsmith doctor`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from training_api.spec.environments import engine_python
from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import EngineName

LEAST_MEMORY = 3 << 30
IMPORT_SECONDS = 120
_IMPORT = (
    "import sys; from training_api.engines import engine_class; "
    "from training_api.spec.hyper_parameters import EngineName; "
    "engine_class(EngineName(sys.argv[1]))"
)


@dataclass(frozen=True)
class Finding:
    """One check: `warning` limits something, `error` prevents training or serving."""

    name: str
    state: Literal["ok", "warning", "error"]
    message: str


def all_findings(home: Path, port: int) -> Iterator[Finding]:
    """Every check, in order; engines are really loaded, which takes some seconds."""
    from docker_sdk_api.settings import Settings

    yield python()
    contained = Settings.from_environment().runner == "docker"
    if not contained:
        yield inference()
        yield from engines()
    yield memory()
    yield from disk(home)
    if contained:
        yield from containers(home)
    yield listening(home, port)
    yield gpus()
    if find_spec("gui"):  # an image holds its own part only
        yield assets()


def python() -> Finding:
    """Whether this Python is one that we support."""
    release = f"Python {sys.version.split()[0]}"
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        return Finding("python", "ok", f"{release}.")
    return Finding("python", "error", f"{release}; install Python 3.11 or 3.12.")


def inference() -> Finding:
    """Whether exported models can be run."""
    try:
        import onnxruntime
    except ImportError as error:
        return Finding("inference", "error", f"onnxruntime is missing ({error}): `make setup`.")
    return Finding("inference", "ok", f"onnxruntime {onnxruntime.__version__}.")


def engines() -> list[Finding]:
    """Each engine; without any of them nothing can be trained."""
    found = [engine(name) for name in EngineName]
    if any(finding.state == "ok" for finding in found):
        return found
    return [Finding(entry.name, "error", entry.message) for entry in found]


def containers(home: Path) -> list[Finding]:
    """What jobs in containers need; a missing image limits, if there is another engine's."""
    import asyncio

    from docker_sdk_api.runners.base import Check
    from docker_sdk_api.runners.choice import runner_for
    from docker_sdk_api.settings import Settings

    settings = Settings.from_environment().model_copy(update={"home": home})
    runner = runner_for(settings, tuple)

    async def asked() -> list[Check]:
        try:
            return await runner.check()
        finally:
            await runner.close()

    checks = asyncio.run(asked())
    images = {f"image_{name}" for name in EngineName}
    trains = any(check.ok for check in checks if check.name in images)
    limits = {"docker_user", "docker_socket"} | (images if trains else set())
    return [
        Finding(
            check.name.replace("_", " "),
            "ok" if check.ok else "warning" if check.name in limits else "error",
            check.message,
        )
        for check in checks
    ]


def engine(name: EngineName) -> Finding:
    """Whether the engine's environment is there and its framework loads."""
    python = engine_python(name)
    label = f"engine {name}"
    if python is None:
        return Finding(label, "warning", "Not installed; `make setup` says why.")
    command = [str(python), "-P", "-c", _IMPORT, name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(label, "warning", f"{python} does not start ({error}): `make setup`.")
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Finding(label, "warning", f"It does not load ({reason}): `make setup`.")
    return Finding(label, "ok", f"Loads in {python}.")


def memory() -> Finding:
    """Whether there is memory for a small network."""
    import psutil

    free = psutil.virtual_memory().available
    message = f"{free / 1e9:.1f} GB free."
    if free < LEAST_MEMORY:
        return Finding("memory", "warning", f"{message} Use a small batch and base size.")
    return Finding("memory", "ok", message)


def disk(home: Path) -> Iterator[Finding]:
    """Whether the home can be written and has space."""
    from docker_sdk_api.home import Home
    from docker_sdk_api.settings import Settings

    probe = home / ".probe"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        reason = f"{home} cannot be written ({error.strerror}). Choose another --home."
        yield Finding("home", "error", reason)
        return
    yield Finding("home", "ok", f"{home.resolve()} can be written.")
    try:
        Home(home).require_space(Settings.from_environment().disk_reserve)
    except SegsmithError as error:
        yield Finding("disk", "error", error.message)
    else:
        yield Finding("disk", "ok", f"{Home(home).free_space() / 1e9:.1f} GB free.")


def listening(home: Path, port: int) -> Finding:
    """Whether the port is free, or our own service's."""
    import asyncio

    from training_api.cli.address import PortInUse, listening_socket
    from training_api.cli.orchestrator import running_service

    service = asyncio.run(running_service(home))
    if service is not None:
        return Finding("service", "ok", f"Runs at {service.url}.")
    try:
        listening_socket("127.0.0.1", port).close()
    except PortInUse as error:
        return Finding("service", "warning", error.message)
    return Finding("service", "ok", f"Not running; port {port} is free.")


def gpus() -> Finding:
    """The GPUs that training could use."""
    from docker_sdk_api.settings import Settings
    from docker_sdk_api.system.gpus import GpuList

    found = GpuList(Settings.from_environment().nvidia_smi).read()
    if not found:
        return Finding("gpus", "ok", "None found; training runs on the CPU.")
    rows = [f"{gpu.name} ({gpu.memory_free / 1e9:.0f} GB free)" for gpu in found]
    return Finding("gpus", "ok", "; ".join(rows) + ".")


def assets() -> Finding:
    """Whether the browser's packages were copied."""
    import gui

    vendor = Path(gui.__file__).parent / "static" / "vendor"
    if (vendor / "manifest.json").is_file():
        return Finding("browser", "ok", "The front end's packages are there.")
    return Finding("browser", "warning", f"{vendor} is empty: `make setup`.")
