"""From an MXNet symbol to an ONNX model: MXNet's own converter, with three operators of ours.

MXNet 1.9.1 converts its bilinear resize with aligned corners only, adaptive pooling to one pixel
only, and maxima in a form that newer ONNX does not know. Its public function asks for the newest
opset, which its operators do not follow.
"""

from __future__ import annotations

from ast import literal_eval
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 13
"""The newest that MXNet's converter knows."""
IR_VERSION = 8
"""The format's version at the time of that opset, for the sake of older runtimes."""
Shapes = dict[str, tuple[int, ...]]


def onnx_model(symbol: Any, parameters: dict[str, Any], shape: tuple[int, ...]) -> Any:
    """The checked ONNX model of `symbol`, whose only free input is of `shape`, in float32.

    `parameters` are MXNet arrays by variable; those that `symbol` does not use are left out.
    """
    import onnx
    from mxnet.onnx.mx2onnx._export_onnx import MXNetGraph

    used = set(symbol.list_inputs())
    held = {name: value for name, value in parameters.items() if name in used}
    shapes = _shapes(symbol, shape, used - set(held))
    for name, convert in _CONVERTERS.items():
        MXNetGraph.register(name, OPSET)(partial(convert, shapes))
    graph = MXNetGraph().create_onnx_graph_proto(
        symbol, held, [shape], [onnx.TensorProto.FLOAT], opset_version=OPSET, dynamic=False
    )
    _drop_inputs(graph, set(held))
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model)
    return model


def _shapes(symbol: Any, shape: tuple[int, ...], free: set[str]) -> Shapes:
    """The shape of every value in the graph, by the name that the converter gives it."""
    values = symbol.get_internals()
    _, shapes, _ = values.infer_shape(**dict.fromkeys(free, shape))
    names = (name.removesuffix("_output") for name in values.list_outputs())
    return dict(zip(names, shapes, strict=True))


def _drop_inputs(graph: Any, names: set[str]) -> None:
    """Weights listed as inputs could be overridden, so that no runtime would fold them."""
    kept = [value for value in graph.input if value.name not in names]
    del graph.input[:]
    graph.input.extend(kept)


def _resize(shapes: Shapes, node: dict[str, Any], **context: Any) -> list[Any]:
    """BilinearResize2D to a fixed height and width."""
    from onnx.helper import make_node

    source, attributes = _source(node, context), node["attrs"]
    aligned = attributes.get("align_corners", "True") in ("True", "1")
    size = [*shapes[source][:2], int(attributes["height"]), int(attributes["width"])]
    sizes = _constant(f"{node['name']}_sizes", np.array(size, np.int64), context)
    return [
        make_node(
            "Resize",
            [source, "", "", sizes],
            [node["name"]],
            name=node["name"],
            mode="linear",
            coordinate_transformation_mode="align_corners" if aligned else "half_pixel",
        )
    ]


def _adaptive_pool(shapes: Shapes, node: dict[str, Any], **context: Any) -> list[Any]:
    """AdaptiveAvgPooling2D: means over rows and columns, as products with constant matrices."""
    from onnx.helper import make_node

    source, name = _source(node, context), node["name"]
    size = literal_eval(node["attrs"].get("output_size", "1"))
    rows, columns = size if isinstance(size, tuple) else (size, size)
    height, width = shapes[source][2:]
    left = _constant(f"{name}_rows", mean_matrix(height, rows), context)
    right = _constant(f"{name}_columns", mean_matrix(width, columns).T, context)
    return [
        make_node("MatMul", [left, source], [f"{name}_by_rows"], name=f"{name}_by_rows"),
        make_node("MatMul", [f"{name}_by_rows", right], [name], name=name),
    ]


def mean_matrix(count: int, parts: int) -> NDArray[np.float32]:
    """parts×count: row i averages the values from floor(i·count/parts) to the next ceiling."""
    matrix = np.zeros((parts, count), np.float32)
    for row in range(parts):
        first, end = row * count // parts, -(-(row + 1) * count // parts)
        matrix[row, first:end] = 1 / (end - first)
    return matrix


def _maximum(shapes: Shapes, node: dict[str, Any], **context: Any) -> list[Any]:
    """The largest value along one axis, which stays with length 1."""
    from onnx.helper import make_node

    attributes, name = node["attrs"], node["name"]
    axis = literal_eval(attributes.get("axis", "None"))
    if not isinstance(axis, int) or attributes.get("keepdims") not in ("True", "1"):
        raise NotImplementedError("Only a maximum along one axis, which stays, can be exported.")
    one = _constant(f"{name}_one", np.array([1], np.int64), context)
    outputs = [name, f"{name}_places"]
    return [make_node("TopK", [_source(node, context), one], outputs, name=name, axis=axis)]


def _source(node: dict[str, Any], context: dict[str, Any]) -> str:
    """The name of a node's first input."""
    index, output = node["inputs"][0][:2]
    name: str = context["outputs_lookup"][index][output].name
    return name


def _constant(name: str, values: NDArray[Any], context: dict[str, Any]) -> str:
    from onnx.numpy_helper import from_array

    context["initializer"].append(from_array(np.ascontiguousarray(values), name))
    return name


_CONVERTERS = {
    "_contrib_BilinearResize2D": _resize,
    "_contrib_AdaptiveAvgPooling2D": _adaptive_pool,
    "max": _maximum,
}
