"""segsmith predict: masks of images, with no service needed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from training_api.cli.failure import Failed
from training_api.cli.home import home_option, json_option
from training_api.cli.prediction_source import Source, opened_source
from training_api.cli.screen import console
from training_api.spec.errors import InvalidDataset, SegsmithError
from training_api.spec.files import write_atomically

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}
LARGEST_FILE = 1 << 30

Job = tuple[Path, Path]
"""An image and where its mask goes."""


@click.command("predict")
@click.argument("model")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Mask file (.png) for one image; else a folder, where masks get the images' names.",
)
@home_option
@json_option
def command(model: str, images: tuple[Path, ...], out: Path, home: Path, as_json: bool) -> None:
    """Predict the masks of IMAGES (files or folders) with MODEL (id, name, folder or ZIP).

    Masks are PNG files of class ids with the classes' colours as palette, at the image's size.
    """
    jobs = planned(list(_files(images)), out)
    screen = console(aside=as_json)
    children = min(len(jobs), 2, os.cpu_count() or 1)
    with opened_source(home, model, children) as source, ThreadPoolExecutor(children) as threads:
        found = list(threads.map(lambda job: _predicted(source, job), jobs))
    for entry in found:
        screen.print(_sentence(entry))
    if as_json:
        document = {"model": source.id, "name": source.name, "images": found}
        print(json.dumps(document, ensure_ascii=False))
    failures = sum("error" in entry for entry in found)
    if failures:
        raise Failed(f"{failures} of {len(found)} images could not be predicted.")


def _files(images: tuple[Path, ...]) -> Iterator[Path]:
    """The files, and the image files of the folders, by name."""
    for path in images:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(e for e in path.iterdir() if e.suffix.lower() in IMAGE_SUFFIXES)
        if not inside:
            raise InvalidDataset(f"{path} holds no images.", field="images")
        yield from inside


def planned(images: list[Path], out: Path) -> list[Job]:
    """Each image with its mask's path. Creates the folder. Raises InvalidDataset."""
    for path in images:
        if not path.is_file():
            raise InvalidDataset(f"{path} does not exist or is not a file.", field="images")
    if len(images) == 1 and out.suffix.lower() in IMAGE_SUFFIXES and not out.is_dir():
        if out.suffix.lower() != ".png":
            raise InvalidDataset(f"{out}: masks are PNG files; give a name in .png.", field="out")
        _make(out.parent)
        return [(images[0], out)]
    if out.is_file():
        raise InvalidDataset(f"{out} is a file; name a folder for several masks.", field="out")
    targets: dict[Path, Path] = {}
    for path in images:
        target = out / f"{path.stem}.png"
        if target in targets:
            raise InvalidDataset(
                f"{targets[target]} and {path} would both become {target}. Predict them into two "
                "folders.",
                field="images",
            )
        targets[target] = path
    _make(out)
    return [(path, target) for target, path in targets.items()]


def _make(folder: Path) -> None:
    """Make sure of a folder for masks. Raises InvalidDataset."""
    home = os.environ.get("SEGSMITH_HOME")
    remedy = f"Name another place with --out{f', as below {home}' if home else ''}."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} cannot be made ({error.strerror}). {remedy}"
        raise InvalidDataset(message, field="out") from error
    if not os.access(folder, os.W_OK):
        raise InvalidDataset(f"{folder} takes no masks: it is read-only. {remedy}", field="out")


def _predicted(source: Source, job: Job) -> dict[str, Any]:
    """One image's entry of the JSON object; one that fails does not stop the others."""
    image, target = job
    entry: dict[str, Any] = {"image": str(image)}
    try:
        if image.stat().st_size > LARGEST_FILE:
            raise InvalidDataset("The file is larger than 1 GB.")
        found = source.predict(image.read_bytes())
        write_atomically(target, found.mask)
    except SegsmithError as error:
        return entry | {"error": error.message}
    except OSError as error:
        return entry | {"error": f"{error.filename or image}: {error.strerror}."}
    return entry | {"out": str(target)} | found.facts


def _sentence(entry: dict[str, Any]) -> str:
    if "error" in entry:
        return f"{entry['image']}: {entry['error']}"
    shares = ", ".join(f"{c['name']} {c['share']:.1%}" for c in entry["classes"])
    return f"{entry['image']} → {entry['out']}  ({shares}; {entry['seconds']:.2f} s)"
