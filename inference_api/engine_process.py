"""Prediction in the environment of the engine that trained a model, as a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from training_api.spec.child import TookTooLong, run_to_end
from training_api.spec.environments import required_engine_python
from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import ModelManifest


class PredictionFailed(SegsmithError):
    """The engine's process gave no mask."""

    code = "prediction_failed"
    status = 503


def mask_from_engine(folder: Path, manifest: ModelManifest, image: bytes, seconds: float) -> bytes:
    """The index PNG that the model's engine makes of an upright RGB PNG.

    Raises NoEngine if its environment is absent, PredictionFailed if it fails or takes longer.
    """
    python = required_engine_python(EngineName(manifest.engine))
    with tempfile.TemporaryDirectory(prefix="segsmith-") as scratch:
        source, target = Path(scratch, "image.png"), Path(scratch, "mask.png")
        source.write_bytes(image)
        command = [str(python), "-P", "-m", "training_api.predict"]
        command += ["--model", str(folder), "--image", str(source), "--out", str(target)]
        _run(command, seconds)
        if not target.is_file():
            raise PredictionFailed(f"The {manifest.engine} engine ended without a mask.")
        return target.read_bytes()


def _run(command: list[str], seconds: float) -> None:
    try:
        ended = run_to_end(command, seconds)
    except TookTooLong as error:
        raise PredictionFailed(f"The prediction took longer than {seconds:.0f} s.") from error
    if ended.code:
        raise PredictionFailed(f"The model could not be applied: {ended.complaint}")
