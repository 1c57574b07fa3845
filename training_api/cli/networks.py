"""segsmith networks: what can be trained, read from the networks' own files."""

from __future__ import annotations

import json
from typing import Any

import click

from training_api.cli.flags import properties
from training_api.cli.home import json_option
from training_api.cli.screen import console, table
from training_api.losses import all_losses
from training_api.networks import all_networks
from training_api.spec.closed import Closed
from training_api.spec.environments import engine_python
from training_api.spec.hyper_parameters import EngineName


@click.command("networks")
@json_option
def command(as_json: bool) -> None:
    """List engines, networks and losses with their options."""
    if as_json:
        print(json.dumps(_document(), ensure_ascii=False))
        return
    screen = console()
    for engine in EngineName:
        absent = "" if engine_python(engine) else " (not installed; `make setup` says why)"
        screen.print(f"\nengine {engine}{absent}")
        rows = [
            (entry.name, entry.title, _options(entry.Options), entry.summary)
            for entry in all_networks()
            if entry.engine is engine
        ]
        screen.print(table(("network", "title", "options", ""), rows))
    screen.print("\nlosses")
    losses = [
        (entry.name, ", ".join(sorted(entry.engines)), _options(entry.Options), entry.summary)
        for entry in all_losses()
    ]
    screen.print(table(("loss", "engines", "options", ""), losses))


def _options(model: type[Closed]) -> str:
    """Each option with its values, the default first."""
    shown = []
    for name, schema in properties(model).items():
        default = schema.get("default")
        others = [value for value in schema.get("enum", []) if value != default]
        values = [default, *others] if "default" in schema else others
        shown.append(f"{name}: {', '.join(map(str, values))}")
    return "; ".join(shown) or "none"


def _document() -> dict[str, Any]:
    networks = [
        {"engine": entry.engine, "name": entry.name, "title": entry.title}
        | {"summary": entry.summary, "paper": entry.paper, "licence": entry.licence}
        | {"options": entry.Options.model_json_schema()}
        for entry in all_networks()
    ]
    losses = [
        {"name": entry.name, "engines": sorted(entry.engines), "summary": entry.summary}
        | {"options": entry.Options.model_json_schema()}
        for entry in all_losses()
    ]
    engines = [
        {"name": engine, "available": engine_python(engine) is not None} for engine in EngineName
    ]
    return {"engines": engines, "networks": networks, "losses": losses}
