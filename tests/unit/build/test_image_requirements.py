"""What goes into which image, before anything is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from console import ROOT
from image_requirements import ENGINES, PARTS, VARIANTS, contents, name_of
from project import declared

IMPORTS = {"opencv-python-headless": "cv2", "pillow": "PIL", "pyyaml": "yaml"}
MODULES = {
    "gui": "gui.app, training_api.cli.serve, training_api.cli.server, training_api.cli.composition",
    "docker_sdk_api": "docker_sdk_api.app, docker_sdk_api.runners.docker, training_api.cli.serve, "
    "training_api.formats, training_api.fetcher, training_api.agent",
    "inference_api": "inference_api.app, training_api.cli.serve, training_api.cli.composition",
}


def names(role: str, variant: str) -> set[str]:
    found = contents(role, variant)
    return {name_of(line) for line in (*found.packages, *found.tuning)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_environment_has_what_specs_need_or_is_the_gui(variant):
    for role in (*ENGINES, *PARTS):
        assert "pydantic" in names(role, variant)
        assert ("numpy" in names(role, variant)) == (role != "gui")


def test_mkl_variants_add_the_tuning_to_engines_alone():
    for engine in ENGINES:
        assert names(engine, "cpu_mkl") - names(engine, "cpu") == {"intel-openmp"}
        assert names(engine, "gpu_mkl") - names(engine, "gpu") == {"intel-openmp"}
        assert contents(engine, "cpu_mkl").packages == contents(engine, "cpu").packages
    for part in PARTS:
        assert names(part, "cpu_mkl") == names(part, "cpu")


def test_gpu_variants_bring_mxnet_with_all_libraries_of_cuda_that_it_loads():
    added = names("gluoncv", "gpu") - names("gluoncv", "cpu")
    assert names("gluoncv", "cpu") - names("gluoncv", "gpu") == {"mxnet"}
    assert "mxnet-cu117" in added
    # libmxnet.so of that wheel needs these; libcuda.so.1 is the driver's.
    for library in (
        "cublas", "cuda-nvrtc", "cuda-runtime", "cudnn", "cufft", "curand", "cusolver", "cusparse",
        "nccl", "nvtx",
    ):  # fmt: skip
        assert f"nvidia-{library}-cu11" in added
    assert names("torch", "gpu") == names("torch", "cpu")


def test_a_part_does_without_what_it_never_imports():
    """In a process of its own, where importing a package that is left out fails."""
    for part, modules in MODULES.items():
        out = declared()["tool"]["segsmith"]["images"]["left-out"][part]
        blocked = {IMPORTS.get(name, name): None for name in out}
        code = f"import sys; sys.modules.update({blocked}); import {modules}"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


def test_left_out_packages_are_ones_that_the_service_has():
    service = {name_of(line) for line in declared()["project"]["optional-dependencies"]["service"]}
    for out in declared()["tool"]["segsmith"]["images"]["left-out"].values():
        assert set(out) <= service | {"numpy"}


def test_an_unknown_image_is_refused():
    with pytest.raises(ValueError, match="no image torch tpu"):
        contents("torch", "tpu")
