"""A gluon network's first weights, and its encoder: taken over, and frozen if asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from training_api.engines.initial_weights import Layout, Plan, plan_of
from training_api.spec.errors import Corrupt, InvalidSpec
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

_ENCODER = re.compile(r"(conv|bn|layer|block|mod)\d+|midflow")
"""Children of a network that GluonCV takes out of a ResNet, an Xception or a WideResNet."""


def take_over(
    mx: Any,
    net: Any,
    build: Callable[[int], Any],
    weights: InitialWeights,
    classes: Sequence[str],
) -> WeightsReport:
    """Copy what the file has for `net`, in place; `build` makes it for a count of classes.

    Raises UnfitWeights (nothing is copied then), InvalidSpec or Corrupt.
    """
    arrays = _loaded(mx, weights.path)
    own = net._collect_params_with_prefix()
    shapes = {name: tuple(entry.shape) for name, entry in own.items()}
    layout = Layout(shapes, encoder_names(own), _head(shapes, build, len(classes)))
    file = {name: tuple(array.shape) for name, array in arrays.items()}
    plan = plan_of(layout, file, weights, classes)
    _copy(own, arrays, plan)
    return plan.report


def _loaded(mx: Any, path: str) -> dict[str, Any]:
    """The arrays of a .params file by name, without the marks of an exported symbol."""
    try:
        arrays = mx.nd.load(path)
    except (mx.base.MXNetError, OSError) as error:
        raise Corrupt(f"{path} cannot be read as weights ({error}). Get it again.") from error
    if not isinstance(arrays, dict):
        raise Corrupt(f"{path} holds arrays without names. Save it with save_parameters.")
    return {name.removeprefix("arg:").removeprefix("aux:"): one for name, one in arrays.items()}


def _copy(own: dict[str, Any], arrays: dict[str, Any], plan: Plan) -> None:
    for name, source in plan.whole.items():
        own[name].set_data(arrays[source].astype(own[name].dtype))
    for name, (source, axis) in plan.rows.items():
        value = own[name].data().asnumpy()
        theirs = arrays[source].asnumpy()
        for row, place in plan.kept:
            value.swapaxes(0, axis)[row] = theirs.swapaxes(0, axis)[place]
        own[name].set_data(value)


def _head(
    shapes: dict[str, tuple[int, ...]], build: Callable[[int], Any], classes: int
) -> dict[str, int]:
    """The tensors that grow with the classes and their axis, found by building for one more.

    That network is not initialised: sizes that are inferred later are 0 there.
    """
    larger = build(classes + 1)._collect_params_with_prefix()
    head = {}
    for name, shape in shapes.items():
        other = larger[name].shape
        grown = [axis for axis, size in enumerate(shape) if other[axis] == size + 1]
        if grown:
            head[name] = grown[0]
    return head


def encoder_names(names: Iterable[str]) -> list[str]:
    """The tensors of the encoder among a network's; empty if it has no separate one."""
    return [name for name in names if _ENCODER.fullmatch(name.split(".")[0])]


def freeze_encoder(net: Any) -> None:
    """From now on the encoder gets no gradients, its batch norms use their running statistics.

    Raises InvalidSpec for a network without an encoder of its own. Call before hybridizing.
    """
    parameters = net._collect_params_with_prefix()
    names = encoder_names(parameters)
    if not names:
        raise InvalidSpec(
            "freeze_backbone: this network has no separate backbone. Train it whole.",
            field="weights.freeze_backbone",
        )
    for name in names:
        parameters[name].grad_req = "null"
    for part, block in net._children.items():
        if _ENCODER.fullmatch(part):
            _use_running_statistics(block)


def _use_running_statistics(block: Any) -> None:
    """Also for layers that look like a batch norm, as those across several GPUs."""
    if "use_global_stats" in getattr(block, "_kwargs", {}):
        block._kwargs["use_global_stats"] = True
    for child in block._children.values():
        _use_running_statistics(child)
