"""A small agent for tests of runners: `python small_agent.py CONDUCT JOB_DIR ATTEMPT`.

`train` works until it is told to stop or its seconds are over, `vanish` dies without a result,
`refuse` ends before it takes its lock, `hang` never takes it, `deaf` ignores the request to stop.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from training_api.spec.clock import now
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.events import EventWriter
from training_api.spec.files import write_atomically
from training_api.spec.launch import Heartbeat, Result
from training_api.spec.states import JobState


def main(conduct: str, directory: JobDirectory, attempt: AttemptDirectory) -> int:
    """Play one attempt."""
    print(f"small agent, {conduct}", flush=True)
    if conduct == "refuse":
        print("no module named torch", flush=True)
        return 7
    if conduct == "hang":
        time.sleep(600)
    with attempt.locked():
        beat = Heartbeat(time=now(), agent_pid=os.getpid())
        write_atomically(attempt.heartbeat_path, beat.model_dump_json().encode())
        with directory.log_path.open("a") as log:
            log.write(f"trainer of attempt {attempt.number}, process {os.getpid()}\n")
        if conduct == "vanish":
            os.kill(os.getpid(), 9)
        stopped = wait(attempt, conduct)
        EventWriter(directory.events_path, attempt.number).write("finished", stopped=stopped)
        state = JobState.cancelled if stopped else JobState.succeeded
        result = Result(attempt=attempt.number, state=state, started=now(), ended=now())
        result.save(attempt.result_path)
    return 0


def wait(attempt: AttemptDirectory, conduct: str) -> bool:
    """True if it was stopped."""
    end = time.monotonic() + float(os.environ.get("SMALL_AGENT_SECONDS", "600"))
    while time.monotonic() < end:
        if attempt.stop_requested and conduct != "deaf":
            return True
        time.sleep(0.02)
    return False


if __name__ == "__main__":
    job = JobDirectory(Path(sys.argv[2]))
    sys.exit(main(sys.argv[1], job, job.attempt(int(sys.argv[3]))))
