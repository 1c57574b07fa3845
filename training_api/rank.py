"""The process of a training's further device: `python -m training_api.rank CHOICE PARENT`.

CHOICE is a JSON object with the `network` and the `loss` of the torch engine, each by `name` and
`options`. All else comes from the process PARENT, on standard input, until that ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training_api.spec.job import Choice

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


def command(network: Choice, loss: Choice) -> list[str]:
    """What starts such a process; the PARENT is to be added."""
    choice = {"network": network.model_dump(mode="json"), "loss": loss.model_dump(mode="json")}
    return [sys.executable, "-P", "-m", "training_api.rank", json.dumps(choice)]


def main(arguments: list[str]) -> int:
    """Train until there are no more orders; the exit code, with a report if it is not 0."""
    end_with(int(arguments[1]))
    choice = json.loads(arguments[0])

    from training_api.losses import loss_for
    from training_api.networks import network_for
    from training_api.spec.engine_name import EngineName

    network, loss = choice["network"], choice["loss"]
    return run(
        network_for(EngineName.torch, network["name"], network["options"]),
        loss_for(loss["name"], loss["options"]),
    )


def run(network: object, loss: object) -> int:
    """Follow the orders on standard input with these objects."""
    from training_api.engines.torch_rank import follow, read_setup
    from training_api.spec.files import write_json
    from training_api.worker import exit_code_of

    setup = read_setup(sys.stdin.buffer)
    if setup is None or setup.rank is None:
        return 0
    report = Path(setup.rank.folder) / f"rank-{setup.rank.number}.json"
    return exit_code_of(
        lambda: follow(network, loss, setup, sys.stdin.buffer),
        failed=lambda reason, message: write_json(report, {"reason": reason, "message": message}),
    )


def end_with(parent: int) -> None:
    """Let the kernel end this process when `parent` ends, however that does."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it had gone before
        os._exit(1)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
