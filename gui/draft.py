"""A job that is being described: lives in the address of the wizard's pages, nowhere else.

So a reload loses nothing, back works, and a half-made job can be bookmarked or sent on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PLAIN = ("dataset", "percent", "split", "name", "preset", "engine", "network", "loss", "weights")
NESTED = ("option.", "loss_option.", "hp.", "aug.", "weights.")
OWN = "own"
"""The preset's value when the user chooses the network."""
DRAWN = "drawn"
"""The split's value when the dataset's own is not kept."""
DEVICE = "device"
CPU = "cpu"
BETWEEN = ","
"""In the value that stands for several GPUs."""


@dataclass(frozen=True)
class Draft:
    """`values` by form name (`hp.epochs`), as typed.

    `devices` are GPU UUIDs, or one number: of GPUs, whichever are free. None are the CPU.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Draft:
        """From a query or form; a repeated name counts with its last value, unknown ones not."""
        values: dict[str, str] = {}
        devices: list[str] = []
        for name, value in pairs:
            if name == DEVICE and value != CPU:
                devices += value.split(BETWEEN)
            elif name in PLAIN or name.startswith(NESTED):
                values[name] = value.strip()
        return cls(values, tuple(dict.fromkeys(devices)))

    @property
    def device(self) -> str:
        """The form's value for the devices; '' for the CPU."""
        return BETWEEN.join(self.devices)

    @property
    def gpus(self) -> int | list[str]:
        """As in a spec: how many or which; 0 for the CPU."""
        return int(self.device) if self.device.isdecimal() else list(self.devices) or 0

    @property
    def gpu_count(self) -> int:
        """How many GPUs are wanted."""
        return self.gpus if isinstance(self.gpus, int) else len(self.gpus)

    def get(self, name: str, default: str = "") -> str:
        """The value as typed, `default` when absent or empty."""
        return self.values.get(name) or default

    def nested(self, prefix: str) -> dict[str, str]:
        """The values below `prefix` by their own name: nested('hp.') → {'epochs': '30'}."""
        return {
            name.removeprefix(prefix): value
            for name, value in self.values.items()
            if name.startswith(prefix)
        }

    def having(self, **values: str) -> Draft:
        """The draft with these plain values."""
        return Draft({**self.values, **values}, self.devices)

    def replacing(self, prefix: str, values: Mapping[str, str]) -> Draft:
        """The draft with exactly `values` below `prefix`."""
        kept = {name: value for name, value in self.values.items() if not name.startswith(prefix)}
        return Draft(kept | {prefix + name: value for name, value in values.items()}, self.devices)

    def pairs(self, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """What links or hidden inputs carry, less the names that start with one of `without`."""
        pairs = [(name, value) for name, value in self.values.items() if value != ""]
        pairs += [(DEVICE, device) for device in self.devices]
        return [(name, value) for name, value in pairs if not name.startswith(without)]

    def query(self) -> dict[str, list[str]]:
        """`pairs` for a link."""
        query: dict[str, list[str]] = {}
        for name, value in self.pairs():
            query.setdefault(name, []).append(value)
        return query
