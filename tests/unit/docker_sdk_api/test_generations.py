"""An engine is not started on a GPU that its build does not know."""

from __future__ import annotations

import pytest

from docker_sdk_api.system.generations import check_generation
from docker_sdk_api.system.gpus import Gpu, parse
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName

LISTED = """\
GPU-aaaaaaaa, NVIDIA A100-SXM4-80GB, 81920, 80000, 0, 8.0
GPU-bbbbbbbb, NVIDIA RTX A6000, 49140, 48000, 0, 8.6
GPU-cccccccc, NVIDIA L40S, 46068, 45000, 0, 8.9
GPU-dddddddd, NVIDIA H100 80GB HBM3, 81559, 81000, 0, 9.0
GPU-eeeeeeee, NVIDIA something, 81559, 81000, 0, [N/A]
"""
AMPERE, WORKSTATION, ADA, HOPPER, SILENT = parse(LISTED)


def test_the_capability_is_read() -> None:
    assert [gpu.capability for gpu in (AMPERE, ADA, SILENT)] == [(8, 0), (8, 9), None]


@pytest.mark.parametrize("gpu", [ADA, HOPPER], ids=lambda gpu: gpu.name)
def test_gluoncv_is_refused_on_newer_cards_with_a_way_out(gpu: Gpu) -> None:
    with pytest.raises(InvalidSpec, match=r"up to NVIDIA's Ampere generation .*newer") as refused:
        check_generation(EngineName.gluoncv, [gpu])
    assert refused.value.field == "resources.gpus"
    assert "choose the torch engine" in refused.value.message


def test_where_one_card_fits_it_is_named() -> None:
    with pytest.raises(InvalidSpec, match=r"Name NVIDIA RTX A6000 \(GPU-bbbbbbbb\) instead"):
        check_generation(EngineName.gluoncv, [HOPPER, WORKSTATION])


def test_what_fits_and_what_nobody_knows_is_let_through() -> None:
    check_generation(EngineName.gluoncv, [AMPERE, WORKSTATION, SILENT])
    check_generation(EngineName.torch, [ADA, HOPPER])
