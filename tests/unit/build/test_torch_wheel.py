"""The build of PyTorch that each kind of machine gets."""

from __future__ import annotations

import http.server
import threading

import pytest
import torch_wheel


@pytest.fixture
def machine(monkeypatch):
    """Sets what is found on the machine: GPU, pip's own choice, the CPU index."""

    def arrange(*, gpu: bool, configured: str, index: bool) -> None:
        monkeypatch.setattr(torch_wheel, "has_gpu", lambda: gpu)
        monkeypatch.setattr(torch_wheel, "configured_build", lambda python, line: configured)
        monkeypatch.setattr(torch_wheel, "reachable", lambda index_url: index)

    return arrange


@pytest.mark.parametrize(
    ("gpu", "configured", "index", "options"),
    [
        (True, "2.13.0", True, []),
        (False, "2.13.0+cpu", True, []),
        (False, "2.13.0+cpu", False, []),
        (False, "2.13.0", True, ["--index-url", torch_wheel.CPU_INDEX]),
        (False, "", True, ["--index-url", torch_wheel.CPU_INDEX]),
        (False, "2.13.0", False, []),
    ],
)
def test_where_pytorch_comes_from(machine, gpu, configured, index, options):
    machine(gpu=gpu, configured=configured, index=index)
    assert torch_wheel.source("python", "torch==2.13.0")[0] == options


def test_a_download_of_gigabytes_is_announced(machine):
    machine(gpu=False, configured="2.13.0", index=False)
    assert "several GB" in torch_wheel.source("python", "torch==2.13.0")[1]


def test_pip_is_asked_without_installing_anything(tmp_path):
    import sys

    assert torch_wheel.configured_build(sys.executable, "no-such-package-anywhere==0") == ""


def test_an_index_that_answers_is_reachable_and_a_closed_port_is_not(tmp_path):
    (tmp_path / "torch").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert torch_wheel.reachable(address)
        assert not torch_wheel.reachable(f"{address}/elsewhere")
        server.shutdown()
        thread.join()
    assert not torch_wheel.reachable(address, seconds=1)


def test_a_driver_that_lists_a_gpu_counts_and_one_that_fails_does_not(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    tool.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H100'\n")
    tool.chmod(0o755)
    assert torch_wheel.has_gpu()
    tool.write_text("#!/bin/sh\necho 'could not talk to the driver, no GPU'; exit 9\n")
    assert not torch_wheel.has_gpu()
