"""Count what each network of an engine costs and write it down; run it in the engine's environment.

    .venv-torch/bin/python build/count_networks.py torch
    .venv-gluoncv/bin/python build/count_networks.py gluoncv

After a change of networks or of the libraries that implement them: `make networks`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

from console import say

from training_api.networks import all_networks
from training_api.networks.cost import CLASSES, SIDE, Cost, table_path
from training_api.spec.hyper_parameters import EngineName


def main(engine: EngineName) -> None:
    """Every network with every backbone; prints each as it is counted."""
    _import_framework(engine)
    counted = import_module(f"training_api.networks.{engine}.counting").counted
    costs = []
    for kind in all_networks():
        if kind.engine is engine:
            for backbone in kind.backbones() or (None,):
                cost = counted(kind, backbone)
                say(f"{kind.name} {backbone}: {cost.parameters:,}, {cost.gflops(SIDE, SIDE):.1f}")
                costs.append(cost)
    table_path(engine).write_text(document(costs), encoding="utf-8")


def _import_framework(engine: EngineName) -> None:
    """As the engine itself does, which has to prepare the process."""
    if engine is EngineName.torch:
        import_module("training_api.engines.torch_environment")
    else:
        import_module("training_api.engines.gluoncv_import").import_mxnet()


def document(costs: list[Cost]) -> str:
    """The table as JSON with one cost per line, so that a change can be read."""
    rows = ",\n".join(f"  {json.dumps(cost.model_dump())}" for cost in costs)
    head = json.dumps({"schema": 1, "side": SIDE, "classes": CLASSES})
    return f'{head[:-1]}, "costs": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    main(EngineName(sys.argv[1]))
