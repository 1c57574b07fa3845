"""Predicting one image in the engine's environment: a short-lived child of agent and service.

`python -m training_api.predict (--model FOLDER | --job FOLDER) --image IN --out OUT.png`
writes an index PNG with the classes' palette at the input's size. `--job` takes the best
checkpoint so far. On a refusal one sentence goes to standard error and the exit code is 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training_api.spec.errors import NotFound, SegsmithError

if TYPE_CHECKING:
    from training_api.engines.base import Engine
    from training_api.spec.dataset import DatasetClass

LARGEST = 40_000_000
"""Most pixels of an image to predict; a batch job may take more, a browser should not."""


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training_api.predict")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", type=Path)
    source.add_argument("--job", type=Path)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        predict_file(given.model, given.job, given.image, given.out)
    except SegsmithError as error:
        print(error.message, file=sys.stderr)
        return 2
    return 0


def predict_file(model: Path | None, job: Path | None, image: Path, out: Path) -> None:
    """Write the mask of `image` to `out`. Raises InvalidDataset, NotFound, Corrupt."""
    from PIL import Image

    from training_api.spec.palette import flat_palette
    from training_api.spec.preprocessing import mask_of
    from training_api.transforms.decode import decode_image

    pixels = decode_image(image.read_bytes(), image.name, LARGEST)
    engine, classes = engine_of_model(model) if model else _engine_of_job(job or Path())
    mask = Image.fromarray(mask_of(engine.predict(pixels)))
    mask.putpalette(flat_palette([entry.colour for entry in classes]))
    mask.save(out, "PNG")


def engine_of_model(folder: Path) -> tuple[Engine, list[DatasetClass]]:
    """A published model, verified and loaded. Raises NotFound or Corrupt."""
    from training_api.engines import engine_class
    from training_api.engines.base import Setup
    from training_api.losses import loss_for
    from training_api.networks import network_for
    from training_api.spec.job import JobSpec
    from training_api.spec.model import verify_model

    manifest = verify_model(folder)
    spec = JobSpec.model_validate(manifest.spec)
    height, width = manifest.network["size"]
    setup = Setup(
        class_shares=[1 / len(manifest.classes)] * len(manifest.classes),
        size=(height, width),
        hyper_parameters=spec.hyper_parameters,
        preprocessing=manifest.preprocessing,
        cpus=len(os.sched_getaffinity(0)),
    )
    network = network_for(spec.engine, spec.network.name, spec.network.options)
    loss = loss_for(spec.loss.name, spec.loss.options)
    engine = engine_class(spec.engine)(network, loss, setup)
    engine.load_weights(folder / weights_file(list(manifest.files)))
    return engine, manifest.classes


def weights_file(names: list[str]) -> str:
    """The weights among a model's files."""
    for name in ("weights.safetensors", "model_best.params"):
        if name in names:
            return name
    raise NotFound("The model holds no weights file. Publish it again.")


def _engine_of_job(folder: Path) -> tuple[Engine, list[DatasetClass]]:
    from training_api.best_so_far import load_best
    from training_api.spec.directory import JobDirectory

    job, engine, _, _ = load_best(JobDirectory(folder))
    return engine, job.version.classes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
