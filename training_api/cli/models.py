"""segsmith models: the published models."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from training_api.cli.home import home_option, json_option
from training_api.cli.model_source import published_model
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import console, score, size, table
from training_api.spec.errors import Conflict
from training_api.spec.installation import command_word


@click.group("models", invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def command(context: click.Context, home: Path, as_json: bool) -> None:
    """List the models, newest first."""
    context.obj = home
    if context.invoked_subcommand is None:
        asyncio.run(_list(home, as_json))


async def _list(home: Path, as_json: bool) -> None:
    async with orchestrator(home, admits=False) as api:
        models = (await api.get("models"))["models"]
    if as_json:
        print(json.dumps({"models": models}, ensure_ascii=False))
        return
    if not models:
        console().print(f"There are no models. Train one: {command_word()} train DATASET_DIR")
        return
    rows = [
        (
            model["name"],
            score(model["miou"]),
            f"{model['network']} {model['backbone'] or ''}".strip(),
            model["dataset"]["name"],
            ", ".join(model["exports"]) or None,
            size(model["size_bytes"]),
            model["created"][:16].replace("T", " "),
            model["id"],
        )
        for model in models
    ]
    columns = ("name", "mIoU", "network", "dataset", "exports", "size", "created", "id")
    console().print(table(columns, rows))


@command.command("download")
@click.argument("model")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="ZIP to write."
)
@click.pass_obj
def download(home: Path, model: str, out: Path) -> None:
    """Write MODEL (id or name) as a ZIP that runs anywhere."""
    from training_api.spec.model_zip import zip_pieces

    if out.exists():
        raise Conflict(f"{out} exists already. Choose another name.", field="out")
    folder, manifest = published_model(home, model)
    part = out.with_name(f"{out.name}.part")
    with part.open("wb") as file:
        for piece in zip_pieces(folder):
            file.write(piece)
    part.rename(out)
    console().print(f"'{manifest.name}' is in {out} ({size(out.stat().st_size)}).")


@command.command("delete")
@click.argument("model")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(home: Path, model: str, yes: bool) -> None:
    """Delete MODEL (id or name) for good; its job stays."""
    _, manifest = published_model(home, model)
    if not yes:
        quality = score(manifest.metrics.get("miou"))
        click.confirm(f"Delete model '{manifest.name}' (mIoU {quality})?", abort=True)

    async def run() -> None:
        async with orchestrator(home, admits=False) as api:
            await api.delete("models", manifest.id)

    asyncio.run(run())
    console().print(f"Model '{manifest.name}' is deleted.")
