"""Formats of gluoncv networks: `.venv-gluoncv/bin/python tests/bench/gluoncv_formats.py`.

Seconds of a training step of each network, the fastest of several in turns, in what `auto` computes
in and in float32: 240×240 (256×256 where a network wants other multiples), batch 2, auxiliary
heads. ours and reference are images per second of the network that gains least of those that `auto`
computes in bfloat16: none may lose more than a tenth.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.result import rate, tell
from tests.bench.measuring.turns import in_turns
from tests.small_gluoncv import NETWORKS, batch, make_engine
from training_api.networks import network_class
from training_api.spec.hyper_parameters import EngineName

BATCH = 2
GOAL = 0.9


def measured(name: str, side: int, steps: int) -> dict[str, Any]:
    """The `format` that auto becomes, and seconds of the fastest step after the first with each."""
    size = (side, side)
    precisions = ("float32", "auto")
    engines = [make_engine(name, size=size, batch_size=BATCH, precision=p) for p in precisions]

    def seconds(engine: Any) -> float:
        images, labels = batch(0, BATCH, size)
        began = time.perf_counter()
        engine.train_step(images, labels, 1e-3)
        return time.perf_counter() - began

    rounds = in_turns(steps + 1, *(partial(seconds, engine) for engine in engines))
    found: dict[str, Any] = {"format": engines[1].facts()["precision"]}
    found |= {p: min(column[1:]) for p, column in zip(precisions, rounds, strict=True)}
    del engines
    gc.collect()  # networks refer to themselves
    return found


def side_of(name: str, quick: bool) -> int:
    """Of the square that is trained on."""
    network = network_class(EngineName.gluoncv, name)
    return network.smallest if quick else -(-240 // network.multiple) * network.multiple


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    steps = 1 if quick else 5
    rows = {name: measured(name, side_of(name, quick), steps) for name in NETWORKS}
    changed = [name for name, row in rows.items() if row["format"] == "bfloat16"] or [*rows]
    least = min(changed, key=lambda name: rows[name]["float32"] / rows[name]["auto"])
    ours, reference = (BATCH / rows[least][which] for which in ("auto", "float32"))
    goal = rate(f"auto over float32 ({least})", ours, reference, GOAL)
    tell("gluoncv_formats", quick, [goal], seconds=rows)


if __name__ == "__main__":
    main()
