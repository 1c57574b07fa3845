"""Segment images with the model in this folder. Needs numpy, pillow and onnxruntime.

    python predict.py IMAGE... --out FILE_OR_FOLDER

writes index PNGs of the images' sizes: pixel value = class id, palette = the classes' colours.
For one image `--out` may be a .png file; else it is a folder, where masks get the images' names.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")


class Model:
    """The network, and what its manifest says about images and classes."""

    def __init__(self, folder: Path = HERE) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        rules = self.manifest["preprocessing"]
        deviation = np.asarray(rules["std"], np.float32)
        self.scale = np.float32(1) / (np.float32(255) * deviation)
        self.shift = np.asarray(rules["mean"], np.float32) / deviation
        self.session = onnxruntime.InferenceSession(
            str(folder / "exports" / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0]

    def predict(self, image: np.ndarray) -> np.ndarray:
        """H×W×3 uint8 RGB to an H×W uint8 mask of class ids; the network's graph resizes."""
        size = self.input.shape[2:]
        if all(isinstance(side, int) for side in size) and list(image.shape[:2]) != size:
            raise ValueError(
                f"predict.py takes images of {size[1]}×{size[0]} pixels only with this model; "
                "`segsmith predict` takes any size"
            )
        values = image.astype(np.float32) * self.scale - self.shift
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        logits = self.session.run(None, {self.input.name: batch})[0]
        return logits[0].argmax(axis=0).astype(np.uint8)

    def mask(self, image: np.ndarray) -> Image.Image:
        """As `predict`, as an index image with the classes' colours; 255 is white."""
        colours = [part for entry in self.manifest["classes"] for part in entry["colour"]]
        mask = Image.fromarray(self.predict(image))
        mask.putpalette([*(colours + [0] * 768)[:765], 255, 255, 255])
        return mask


def read(path: Path) -> np.ndarray:
    """H×W×3 uint8 RGB, upright by its EXIF orientation; 16-bit grey is scaled by 1/256."""
    with Image.open(path, formats=FORMATS) as opened:
        image = ImageOps.exif_transpose(opened)
    if image.mode.startswith("I"):
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if "transparency" in image.info:
        image = image.convert("RGBA")
    return np.array(image.convert("RGB"))


def targets(images: list[Path], out: Path) -> list[Path]:
    """Where each image's mask goes; images of one name keep their suffix apart."""
    if len(images) == 1 and out.suffix.lower() == ".png":
        return [out]
    names = Counter(path.stem for path in images)
    return [out / f"{p.stem if names[p.stem] == 1 else p.name}.png" for p in images]


def main() -> int:
    """Write one mask per image; returns the number of images that failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE_OR_FOLDER")
    arguments = parser.parse_args()
    model = Model()
    failures = 0
    places = targets(arguments.images, arguments.out)
    for path, target in zip(arguments.images, places, strict=True):
        try:
            mask = model.mask(read(path))
        except (OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failures += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        mask.save(target, "PNG")
        print(target)
    return failures


if __name__ == "__main__":
    sys.exit(main())
