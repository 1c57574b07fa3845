"""Whether oneDNN is told to use AMX."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from training_api.engines import gluoncv_amx
from training_api.engines.gluoncv_amx import allow_amx, may_use_amx

VARIABLE = "DNNL_MAX_CPU_ISA"
SWITCHES = ("MXNET_ONEDNN_ENABLED", "MXNET_MKLDNN_ENABLED")
WITH = "processor\t: 0\nflags\t\t: fpu avx512f amx_bf16 avx512_fp16 amx_tile amx_int8\n"
WITHOUT = "processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16\n"


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in place of /proc/cpuinfo; the kernel grants what is asked for."""
    file = tmp_path / "cpuinfo"
    monkeypatch.setattr(gluoncv_amx, "CPUINFO", file)
    monkeypatch.setattr(gluoncv_amx, "_request_tiles", lambda: True)
    for name in (VARIABLE, *SWITCHES):
        monkeypatch.setenv(name, "")  # so that it is put back afterwards
        monkeypatch.delenv(name)
    return file


def test_onednn_is_told_of_amx(processor: Path) -> None:
    processor.write_text(WITH)
    assert not may_use_amx(), "nobody has asked for it yet"
    allow_amx()
    assert os.environ[VARIABLE] == "AVX512_CORE_AMX"
    assert may_use_amx()


def test_a_processor_without_it_stays_as_it_is(processor: Path) -> None:
    processor.write_text(WITHOUT)
    allow_amx()
    assert VARIABLE not in os.environ
    assert not may_use_amx()


def test_a_machine_that_does_not_describe_its_processor_has_none(processor: Path) -> None:
    allow_amx()
    assert VARIABLE not in os.environ


def test_a_kernel_that_refuses_the_tiles_is_not_made_to_kill_the_process(
    processor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor.write_text(WITH)
    monkeypatch.setattr(gluoncv_amx, "_request_tiles", lambda: False)
    allow_amx()
    assert VARIABLE not in os.environ
    monkeypatch.setenv(VARIABLE, "AVX512_CORE_AMX")
    assert not may_use_amx()


@pytest.mark.parametrize("switch", SWITCHES)
def test_without_onednn_there_is_no_amx(
    processor: Path, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    processor.write_text(WITH)
    allow_amx()
    monkeypatch.setenv(switch, "0")
    assert not may_use_amx()


def test_what_the_user_limits_onednn_to_stays(
    processor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor.write_text(WITH)
    monkeypatch.setenv(VARIABLE, "AVX512_CORE")
    allow_amx()
    assert os.environ[VARIABLE] == "AVX512_CORE"
    assert not may_use_amx()
