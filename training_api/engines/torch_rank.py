"""The process of a further device: it does with its images what rank 0 does with its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from training_api.engines.base import Setup
from training_api.engines.torch_orders import Orders

_SETUP = TypeAdapter(Setup)


def write_setup(orders: Orders, setup: Setup) -> None:
    """The first message to a rank."""
    orders.write(_SETUP.dump_json(setup) + b"\n")


def read_setup(stream: BinaryIO) -> Setup | None:
    """What `write_setup` wrote; None if the stream ended before."""
    line = stream.readline()
    return _SETUP.validate_json(line) if line else None


def write_message(
    orders: Orders, order: str, values: dict[str, Any], arrays: dict[str, NDArray[Any]]
) -> None:
    """An order with JSON values and arrays: a line that describes them, and then their bytes."""
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    shapes = {name: [array.dtype.str, *array.shape] for name, array in whole.items()}
    header = {"order": order, "values": values, "arrays": shapes}
    orders.write(json.dumps(header).encode() + b"\n")
    for array in whole.values():
        if array.size:
            orders.write(array.reshape(-1).data)


def messages(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any], dict[str, NDArray[Any]]]]:
    """What `write_message` wrote, until the stream ends."""
    while line := stream.readline():
        header = json.loads(line)
        arrays = {}
        for name, (kind, *shape) in header["arrays"].items():
            array = np.empty(shape, kind)
            if array.size:
                _fill(stream, array.reshape(-1).data.cast("B"))
            arrays[name] = array
        yield header["order"], header["values"], arrays


def _fill(stream: BinaryIO, target: memoryview) -> None:
    done = 0
    while done < len(target):
        count = stream.readinto(target[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError("The process of rank 0 ended in the middle of a message.")
        done += count


def follow(network: Any, loss: Any, setup: Setup, stream: BinaryIO) -> int:
    """Train as the messages in `stream` say, until it ends; the exit code."""
    from training_api.engines.torch_engine import TorchEngine

    engine = TorchEngine(network, loss, setup)
    for order, values, arrays in messages(stream):
        if order == "restore":
            engine.restore(arrays, values)
        else:
            engine.seed(values["seed"])
            engine.train_step(arrays["images"], arrays["labels"], values["rate"])
    return 0
