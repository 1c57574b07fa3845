"""The process of a further device, as far as it needs no engine."""

from __future__ import annotations

import subprocess
import sys

import psutil

from tests.waiting import until

PARENT = """
import subprocess, sys, time
child = [sys.executable, "-c", sys.argv[1]]
print(subprocess.Popen([*child, str(__import__("os").getpid())], stdout=2).pid, flush=True)
time.sleep(1000)
"""
CHILD = """
import sys, time
from training_api.rank import end_with
end_with(int(sys.argv[1]))
print("ready", flush=True)
time.sleep(1000)
"""


def test_it_ends_with_its_parent_whatever_that_dies_of() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None and parent.stderr is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert parent.stderr.readline() == b"ready\n"
        parent.kill()
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_it_does_not_begin_when_its_parent_has_gone_before() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, "1"], capture_output=True)
    assert (done.returncode, done.stdout) == (1, b"")
