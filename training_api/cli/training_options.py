"""What a training is described by on the command line; for every command that takes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from training_api.cli.dataset_source import registered_version
from training_api.cli.flags import all_flags
from training_api.cli.spec_file import read_spec
from training_api.cli.wish import spec_of
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preset import PRESETS

_OPTIONS = (
    click.option(
        "--preset",
        type=click.Choice([preset.name for preset in PRESETS]),
        help="Network and hyper-parameters chosen by measurement. [default: fast]",
    ),
    click.option("--engine", type=click.Choice([*EngineName]), help="[default: torch]"),
    click.option("--network", help="A network's name; `segsmith networks` lists all."),
    click.option("--loss", help="A loss's name."),
    click.option(
        "--spec",
        "spec_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A job spec as YAML or JSON, as the pages show it; flags override it.",
    ),
)


_NAMES = ("dataset", "preset", "engine", "network", "loss", "spec_file")


@dataclass(frozen=True)
class Wish:
    """The values of these options."""

    dataset: Path
    preset: str | None
    engine: str | None
    network: str | None
    loss: str | None
    spec_file: Path | None
    flags: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Wish:
        """From what click hands over, the flags of parameters included."""
        flags = {name: value for name, value in values.items() if name not in _NAMES}
        return cls(**{name: values[name] for name in _NAMES}, flags=flags)

    def spec(self, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
        """The spec without a name; its dataset is read and its manifest saved in `home`.

        Raises InvalidSpec, InvalidDataset, NotAHome.
        """
        given = read_spec(self.spec_file) if self.spec_file else None
        spec = spec_of(self.preset, self.engine, self.network, self.loss, self.flags, given)
        return spec | {"dataset": registered_version(self.dataset, home, say).id}


def training_options(command: Any) -> Any:
    """Give a command the argument DATASET_DIR and these options, which `Wish` takes by name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.argument("dataset", metavar="DATASET_DIR", type=click.Path(path_type=Path))(
        command
    )


def with_flags(command: click.Command) -> click.Command:
    """Add the flags of all parameters, at the end of its help."""
    command.params.extend(all_flags())
    return command
