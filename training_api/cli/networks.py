"""segsmith networks: what can be trained, read from the networks' own files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from training_api.cli.failure import Failed
from training_api.cli.home import home_option, json_option
from training_api.cli.schemas import properties
from training_api.cli.screen import console, table
from training_api.losses import all_losses
from training_api.networks import all_networks
from training_api.networks.base import Network
from training_api.networks.cost import SIDE
from training_api.spec.closed import Closed
from training_api.spec.environments import engine_python
from training_api.spec.hyper_parameters import EngineName

if TYPE_CHECKING:
    from docker_sdk_api.measurements import Measurement


@click.command("networks")
@click.argument("name", required=False)
@click.option(
    "--size",
    type=click.IntRange(32, 8192),
    default=SIDE,
    show_default=True,
    metavar="N",
    help="Show the computation for a square image of N pixels a side.",
)
@home_option
@json_option
def command(name: str | None, size: int, home: Path, as_json: bool) -> None:
    """List engines, networks and losses with their options; with NAME, a network's backbones."""
    from docker_sdk_api.home import Home
    from docker_sdk_api.measurements import Measurements

    networks = [entry for entry in all_networks() if name in (None, entry.name)]
    if not networks:
        known = ", ".join(dict.fromkeys(entry.name for entry in all_networks()))
        raise Failed(f"There is no network '{name}'. Choose one of: {known}.")
    measured = Measurements(Home(home).measurements).all()
    if as_json:
        print(json.dumps(_document(networks, size, measured), ensure_ascii=False))
    elif name is None:
        _show_all(networks, size)
    else:
        for network in networks:
            _show_one(network, size, measured)


def _show_all(networks: list[type[Network]], size: int) -> None:
    screen = console()
    for engine in EngineName:
        absent = "" if engine_python(engine) else " (not installed; `make setup` says why)"
        screen.print(f"\nengine {engine}{absent}")
        rows = [_row(entry, size) for entry in networks if entry.engine is engine]
        columns = ("network", "title", "backbones", "parameters", f"GFLOPs at {size}", "")
        screen.print(table(columns, rows))
    screen.print("\nlosses")
    losses = [
        (entry.name, ", ".join(sorted(entry.engines)), options_of(entry.Options), entry.summary)
        for entry in all_losses()
    ]
    screen.print(table(("loss", "engines", "options", ""), losses))
    screen.print("\n`segsmith networks NAME` lists a network's backbones.")


def _row(network: type[Network], size: int) -> tuple[Any, ...]:
    from docker_sdk_api.variants import variants_of

    variants = variants_of(network)
    return (
        network.name,
        network.title,
        len(network.backbones()) or None,
        _span([entry["parameters"] for entry in variants], 1e6, " M"),
        _span([entry["gflops"] for entry in variants], SIDE**2 / size**2),
        network.summary,
    )


def _span(values: list[float | None], unit: float, name: str = "") -> str | None:
    """`3.6 to 53.6 M`; None where nothing is known."""
    known = sorted(value / unit for value in values if value is not None)
    if not known:
        return None
    ends = dict.fromkeys(f"{value:.1f}" for value in (known[0], known[-1]))
    return " to ".join(ends) + name


def _show_one(network: type[Network], size: int, measured: Sequence[Measurement]) -> None:
    from docker_sdk_api.variants import variants_of

    screen = console()
    screen.print(f"\n{network.title} ({network.engine} engine). {network.summary}")
    screen.print(f"paper    {network.paper}\nlicence  {network.licence}")
    screen.print(f"options  {options_of(network.Options)}")
    screen.print(
        f"sizes    multiples of {network.multiple}, at least {network.smallest} pixels a side\n"
    )
    scale = size**2 / SIDE**2
    rows = [
        (
            entry["backbone"],
            None if entry["parameters"] is None else f"{entry['parameters'] / 1e6:.1f} M",
            None if entry["gflops"] is None else f"{entry['gflops'] * scale:.1f}",
            _speed(entry["measured"]),
            entry["licence"],
            "; ".join(dict.fromkeys(entry["backbone_weights"] + entry["network_weights"])) or None,
        )
        for entry in variants_of(network, measured)
    ]
    columns = ("backbone", "parameters", f"GFLOPs at {size}", "measured here")
    screen.print(table((*columns, "licence", "licence of published weights"), rows))


def _speed(measured: list[dict[str, Any]]) -> str:
    """The newest measurement in words."""
    if not measured:
        return "not yet"
    newest = measured[0]
    size = f"{newest['width']}×{newest['height']}"
    return f"{newest['images_per_second']:.1f} images/s at {size}, {newest['device']}"


def options_of(model: type[Closed]) -> str:
    """Each option with its values, the default first."""
    shown = []
    for name, schema in properties(model).items():
        default = schema.get("default")
        others = [value for value in schema.get("enum", []) if value != default]
        values = [default, *others] if "default" in schema else others
        shown.append(f"{name}: {', '.join(map(str, values))}")
    return "; ".join(shown) or "none"


def _document(
    networks: list[type[Network]], size: int, measured: Sequence[Measurement]
) -> dict[str, Any]:
    from docker_sdk_api.variants import variants_of

    losses = [
        {"name": entry.name, "engines": sorted(entry.engines), "summary": entry.summary}
        | {"options": entry.Options.model_json_schema()}
        for entry in all_losses()
    ]
    engines = [
        {"name": engine, "available": engine_python(engine) is not None} for engine in EngineName
    ]
    rows = [
        {"engine": entry.engine, "name": entry.name, "title": entry.title}
        | {"summary": entry.summary, "paper": entry.paper, "licence": entry.licence}
        | {"options": entry.Options.model_json_schema()}
        | {"variants": _scaled(variants_of(entry, measured), size**2 / SIDE**2)}
        for entry in networks
    ]
    return {"engines": engines, "networks": rows, "gflops_side": size, "losses": losses}


def _scaled(variants: list[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    return [
        entry | {"gflops": None if entry["gflops"] is None else round(entry["gflops"] * factor, 2)}
        for entry in variants
    ]
