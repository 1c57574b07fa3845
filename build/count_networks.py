"""Count what each torch network costs and write it down; run it in .venv-torch.

After a change of networks or of the libraries that implement them: `make networks`.
"""

from __future__ import annotations

import json

from console import say

import training_api.engines.torch_environment  # noqa: F401 (before torch is loaded)
from training_api.networks import all_networks
from training_api.networks.cost import CLASSES, SIDE, Cost, table_path
from training_api.networks.torch.counting import counted
from training_api.spec.hyper_parameters import EngineName


def main() -> None:
    """Every network with every backbone; prints each as it is counted."""
    costs = []
    for kind in all_networks():
        if kind.engine is EngineName.torch:
            for backbone in kind.backbones():
                cost = counted(kind, backbone)
                say(f"{kind.name} {backbone}: {cost.parameters:,}, {cost.gflops(SIDE, SIDE):.1f}")
                costs.append(cost)
    table_path(EngineName.torch).write_text(document(costs), encoding="utf-8")


def document(costs: list[Cost]) -> str:
    """The table as JSON with one cost per line, so that a change can be read."""
    rows = ",\n".join(f"  {json.dumps(cost.model_dump())}" for cost in costs)
    head = json.dumps({"schema": 1, "side": SIDE, "classes": CLASSES})
    return f'{head[:-1]}, "costs": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    main()
