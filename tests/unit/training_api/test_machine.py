"""What is read of processes."""

from __future__ import annotations

import subprocess
import sys

from training_api.machine import ProcessMemory, children_peak

CHILD = "held = bytearray(50_000_000); del held; print(flush=True); input()"


def test_the_memory_of_children_is_counted_at_its_most() -> None:
    before = children_peak()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        child.stdout.readline()
        assert 50_000_000 < children_peak() - before < 150_000_000
        child.stdin.write(b"\n")
    assert children_peak() == before
    assert ProcessMemory().peak() >= ProcessMemory().now() > 10**6
