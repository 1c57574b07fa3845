"""Devices, precision and torchvision's operators, as this machine has them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.small_torch import make_engine
from training_api.engines.torch_device import NoGpu, torch_device
from training_api.engines.torch_precision import chosen_format, cpu_has_bfloat16

CPU = torch.device("cpu")


def test_a_gpu_that_is_not_there_is_named() -> None:
    assert torch_device("cpu") == CPU
    with pytest.raises(NoGpu, match=r"GPU-1234.* is not there") as refusal:
        torch_device("GPU-12345678-0000-0000-0000-000000000000")
    assert refusal.value.code == "no_gpu"


def test_bfloat16_where_the_processor_has_it() -> None:
    flags = Path("/proc/cpuinfo").read_text().split()
    expected = "amx_bf16" in flags or "avx512_bf16" in flags
    assert cpu_has_bfloat16() == expected
    assert chosen_format("auto", CPU) == ("bfloat16" if expected else "float32")
    assert chosen_format("float32", CPU) == "float32"
    assert chosen_format("bfloat16", CPU) == "bfloat16"


def test_without_onednn_float32_is_chosen() -> None:
    torch.backends.mkldnn.enabled = False
    try:
        assert chosen_format("auto", CPU) == "float32"
    finally:
        torch.backends.mkldnn.enabled = True


def test_the_engine_says_what_it_runs_on() -> None:
    facts = make_engine().facts()
    assert facts["parameters"] == 12_518_882
    assert facts["device"] == "cpu"
    assert facts["torch"] == torch.__version__


@pytest.mark.parametrize("compiled", ["as it is", "missing"])
def test_torchvision_is_imported_with_or_without_its_compiled_part(compiled: str) -> None:
    """In a fresh process; where the part is there, it is also hidden once."""
    program = (
        "import torch\n"
        "from training_api.networks.torch import operators\n"
        f"if {compiled == 'missing'}:\n"
        "    from pathlib import Path\n"
        "    operators._compiled_part_loads = lambda: False\n"
        "    torch.ops.load_library = lambda path: (_ for _ in ()).throw(OSError(path))\n"
        "operators.declare_missing_operators()\n"
        "import torchvision.models.segmentation\n"
        "assert torch.ops.torchvision.nms\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
