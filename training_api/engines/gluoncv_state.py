"""A gluon network's and trainer's state as NumPy arrays, without pickle."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from training_api.engines.gluoncv_average import GluonAverage
from training_api.spec.errors import Corrupt

Tensors = dict[str, NDArray[Any]]


class GluonState:
    """Reads and writes weights (`model/…`), their average (`average/…`) if there is one, and
    optimizer moments (`optimizer/INDEX/SLOT`).

    On several devices all hold the same; the first one's are read.
    """

    def __init__(
        self, net: Any, trainer: Any, contexts: list[Any], average: GluonAverage | None
    ) -> None:
        self._parameters = {
            f"model/{name}": one for name, one in net._collect_params_with_prefix().items()
        }
        if average is not None:
            averaged = average.network._collect_params_with_prefix()
            self._parameters |= {f"average/{name}": one for name, one in averaged.items()}
        self._average = average
        self._trainer = trainer
        self._contexts = contexts

    def tensors(self) -> Tensors:
        """All tensors, by name."""
        found = {name: p.list_data()[0].asnumpy() for name, p in self._parameters.items()}
        for index, state in self._updaters()[0].states.items():
            for slot, value in enumerate(_slots(state)):
                found[f"optimizer/{index}/{slot}"] = value.asnumpy()
        return found

    def values(self) -> dict[str, Any]:
        """How often each parameter was updated, for Adam's bias correction, and the average."""
        counts = self._counts(self._contexts[0])
        averaged = {} if self._average is None else {"averaged_steps": self._average.steps}
        return averaged | {
            "update_counts": {str(index): count for index, count in counts.items()},
            "updates": self._trainer._optimizer.num_update,
        }

    def restore(self, tensors: Tensors, values: dict[str, Any]) -> None:
        """Load both. Raises Corrupt naming tensors that are missing or of another shape."""
        self._restore_model(tensors)
        by_index: dict[int, dict[int, NDArray[Any]]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer/"):
                place, slot = (int(part) for part in name.split("/")[1:])
                by_index.setdefault(place, {})[slot] = value
        for context, updater in zip(self._contexts, self._updaters(), strict=True):
            for index, slots in by_index.items():
                arrays = [_array(slots[slot], context) for slot in sorted(slots)]
                updater.states[index] = arrays[0] if len(arrays) == 1 else tuple(arrays)
                updater.states_synced[index] = True
            counts = {int(index): count for index, count in values["update_counts"].items()}
            self._counts(context).update(counts)
        self._trainer._optimizer.num_update = values["updates"]
        if self._average is not None:
            self._average.steps = values["averaged_steps"]

    def _restore_model(self, tensors: Tensors) -> None:
        wrong = [
            name
            for name, parameter in self._parameters.items()
            if name not in tensors or tensors[name].shape != tuple(parameter.shape)
        ]
        if wrong:
            raise Corrupt(f"The checkpoint does not fit the network at: {', '.join(wrong[:5])}.")
        for name, parameter in self._parameters.items():
            parameter.set_data(_array(tensors[name], self._contexts[0]))

    def _counts(self, context: Any) -> dict[int, int]:
        """How often a device's parameters were updated, by index."""
        counts: dict[int, dict[int, int]] = self._trainer._optimizer._all_index_update_counts
        return counts.setdefault(context.device_id, {})

    def _updaters(self) -> list[Any]:
        """One per device, with the optimizer's moments there."""
        if not self._trainer._kv_initialized:
            self._trainer._init_kvstore()
        updaters: list[Any] = self._trainer._updaters
        return updaters


def _array(value: NDArray[Any], context: Any) -> Any:
    from mxnet import nd

    return nd.array(value, ctx=context, dtype=value.dtype)


def _slots(state: Any) -> list[Any]:
    """An optimizer state as a list: SGD holds one array, Adam a tuple, plain SGD None."""
    if state is None:
        return []
    return list(state) if isinstance(state, (list, tuple)) else [state]
