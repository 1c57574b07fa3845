"""Counting a gluoncv network's parameters and operations, without computing. Imports MXNet."""

from __future__ import annotations

import contextlib
import io
import json
from math import prod
from typing import Any

from training_api.networks.base import Network
from training_api.networks.cost import CLASSES, SIDE, Cost

Shapes = dict[str, tuple[int, ...]]
_IMAGE = "image"


def counted(kind: type[Network], backbone: str | None) -> Cost:
    """The cost of a network with a backbone, as used for inference: its main output alone.

    `mxnet` must have been imported as `training_api.engines.gluoncv_import` does it.
    """
    import mxnet

    given: dict[str, Any] = {"backbone": backbone} if backbone else {}
    if "aux" in kind.Options.model_fields:
        given["aux"] = False
    with contextlib.redirect_stdout(io.StringIO()):  # PSPNet prints its crop size
        network = kind(kind.Options(**given)).build(CLASSES, (SIDE, SIDE))
    symbol = network(mxnet.sym.Variable(_IMAGE))[0]
    shapes = _shapes(symbol)
    weights = [name for name in symbol.list_arguments() if name != _IMAGE]
    return Cost(
        network=kind.name,
        backbone=backbone,
        parameters=sum(prod(shapes[name]) for name in weights),
        operations=sum(_operations(node, shapes) for node in _nodes(symbol)),
    )


def _shapes(symbol: Any) -> Shapes:
    """The shape of every value in the graph, by its node's name."""
    values = symbol.get_internals()
    _, shapes, _ = values.infer_shape(**{_IMAGE: (1, 3, SIDE, SIDE)})
    names = (name.removesuffix("_output") for name in values.list_outputs())
    return dict(zip(names, shapes, strict=True))


def _nodes(symbol: Any) -> list[dict[str, Any]]:
    """The graph's nodes, with their inputs by name."""
    nodes: list[dict[str, Any]] = json.loads(symbol.tojson())["nodes"]
    return [node | {"inputs": [nodes[at[0]]["name"] for at in node["inputs"]]} for node in nodes]


def _operations(node: dict[str, Any], shapes: Shapes) -> int:
    """Of convolutions and matrix products; 0 of all else."""
    if node["op"] == "Convolution":
        return 2 * prod(shapes[node["name"]]) * prod(shapes[node["inputs"][1]][1:])
    if node["op"] == "batch_dot":
        rows, columns = shapes[node["inputs"][0]][1:]
        turned = node.get("attrs", {}).get("transpose_a") in ("True", "1")
        return 2 * prod(shapes[node["name"]]) * (rows if turned else columns)
    return 0
