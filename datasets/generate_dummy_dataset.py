"""Paint datasets/dummy_dataset anew: photos, labels and the class list, from one seed.

.venv/bin/python datasets/generate_dummy_dataset.py [--out FOLDER] [--count N] [--seed S]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "build"))

from sample_painter.scene import layout_of, photo_of  # noqa: E402

SEED, COUNT = 4200, 80
CLASSES = ["background", "pad", "circle"]
PALETTE = [0, 0, 0, 230, 159, 0, 86, 180, 233]  # RGB; orange and sky blue of Okabe and Ito
JPEG_QUALITY = 90


def name_of(index: int) -> str:
    """A file's stem, such as `panel_007`."""
    return f"panel_{index:03d}"


def write_picture(folder: Path, seed: int, index: int) -> None:
    """One JPEG under images/ and its palette PNG under labels/."""
    photo = photo_of(seed, index)
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, jpeg = cv2.imencode(".jpg", photo, options)
    (folder / "images" / f"{name_of(index)}.jpg").write_bytes(jpeg.tobytes())
    write_label(folder / "labels" / f"{name_of(index)}.png", layout_of(seed, index).labels())


def write_label(path: Path, ids: np.ndarray) -> None:
    """H×W class ids as a PNG with the palette of the classes."""
    label = Image.fromarray(ids)
    label.putpalette(PALETTE)
    label.save(path, optimize=True)


def generate(folder: Path, count: int = COUNT, seed: int = SEED) -> None:
    """Fill `folder` with `count` pictures; files of an earlier run are replaced."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for old in (folder / part).glob("panel_*"):
            old.unlink()
    classes = {"classes": len(CLASSES), "classesname": CLASSES}
    text = json.dumps(classes, indent=2) + "\n"
    (folder / "objectclasses.json").write_text(text, encoding="utf-8")
    for index in range(count):
        write_picture(folder, seed, index)


def main() -> None:
    """Parse the command line and paint."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "dummy_dataset")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    generate(arguments.out, arguments.count, arguments.seed)
    print(f"{arguments.count} pictures in {arguments.out}")


if __name__ == "__main__":
    main()
