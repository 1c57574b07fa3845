"""Which build of PyTorch this machine should get.

The usual index serves the CUDA build, several gigabytes that a machine without a GPU
cannot use; PyTorch's own index has a CPU build of the same version.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def has_gpu() -> bool:
    """Whether an NVIDIA driver answers and shows at least one GPU."""
    nvidia_smi = shutil.which("nvidia-smi")
    if nvidia_smi is None:
        return False
    try:
        listed = subprocess.run([nvidia_smi, "-L"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU" in listed.stdout


def configured_build(python: str, requirement: str) -> str:
    """The version that pip's own configuration leads to, such as `2.13.0+cpu`; '' if none."""
    command = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--no-deps", "--disable-pip-version-check", "--report", "-", requirement]
    found = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if found.returncode != 0:
        return ""
    return json.loads(found.stdout)["install"][0]["metadata"]["version"]


def reachable(index: str, seconds: float = 5.0) -> bool:
    """Whether the index answers for torch within `seconds`."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=seconds) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False


def source(python: str, requirement: str) -> tuple[list[str], str]:
    """Options for pip and a line in plain words that says which build was chosen."""
    if has_gpu():
        return [], "a GPU is there: PyTorch with CUDA"
    if configured_build(python, requirement).endswith("+cpu"):
        return [], "no GPU found: PyTorch for CPU, from pip's configured sources"
    if reachable(CPU_INDEX):
        return ["--index-url", CPU_INDEX], f"no GPU found: PyTorch for CPU, from {CPU_INDEX}"
    return [], (
        f"no GPU found, but {CPU_INDEX} does not answer: "
        "the usual index brings PyTorch with CUDA, several GB"
    )
