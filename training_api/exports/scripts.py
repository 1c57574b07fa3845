"""The files that make a model usable without Segsmith: predict.py and README.md."""

from __future__ import annotations

from pathlib import Path
from string import Template

from training_api.spec.model import ModelManifest, Preprocessing

_FILES = Path(__file__).with_name("model_files")

_USAGE = """\
```
pip install numpy pillow onnxruntime
python predict.py photo.jpg --out mask.png
```

The mask is an index PNG of the photo's size: pixel value = class id."""
_USAGE_OF_ONE_SIZE = """

The ONNX file takes photos of $width×$height pixels only. Segsmith predicts any other with the
model's own engine: `segsmith predict MODEL_FOLDER photo.jpg --out mask.png`."""
_USAGE_OF_ENGINE = """\
This model has no ONNX file (`manifest.json` says why). Predict with Segsmith:

```
segsmith predict MODEL_FOLDER photo.jpg --out mask.png
```"""


def write_scripts(folder: Path, manifest: ModelManifest) -> None:
    """Write README.md and, where the model has an ONNX file, predict.py."""
    record = manifest.exports.get("onnx", {})
    shipped = record.get("status") == "shipped"
    if shipped:
        (folder / "predict.py").write_bytes((_FILES / "predict.py").read_bytes())
    template = Template((_FILES / "README.md").read_text(encoding="utf-8"))
    size = record.get("input", "dynamic")
    fixed = size if shipped and size != "dynamic" else None
    usage = _usage(fixed) if shipped else _USAGE_OF_ENGINE
    text = template.substitute(_values(manifest), usage=usage, sizes=_sizes(fixed))
    (folder / "README.md").write_text(text, encoding="utf-8")


def _usage(fixed: list[int] | None) -> str:
    """How to use the ONNX file; `fixed` is the [height, width] if it takes no other."""
    if fixed is None:
        return _USAGE
    return _USAGE + Template(_USAGE_OF_ONE_SIZE).substitute(height=fixed[0], width=fixed[1])


def _sizes(fixed: list[int] | None) -> str:
    return "any size" if fixed is None else f"{fixed[1]}×{fixed[0]} pixels, one at a time"


def _values(manifest: ModelManifest) -> dict[str, str]:
    metrics, dataset = manifest.metrics, manifest.dataset
    return {
        "name": manifest.name,
        "network": str(manifest.network.get("title", manifest.network["name"])),
        "engine": manifest.engine,
        "dataset": str(dataset["name"]),
        "training_images": str(dataset["training_images"]),
        "validation_images": str(dataset["validation_images"]),
        "miou": _figure(metrics.get("miou")),
        "epoch": str(metrics.get("epoch", "–")),
        "classes": "\n".join(_rows(manifest)),
        "protocol": manifest.protocol,
        "mean": str(list(manifest.preprocessing.mean)),
        "std": str(list(manifest.preprocessing.std)),
        "resize": _resize(manifest.preprocessing),
        "licences": ", ".join(f"{what}: {name}" for what, name in manifest.licences.items()),
    }


def _rows(manifest: ModelManifest) -> list[str]:
    """One table row per class."""
    figures = manifest.metrics.get("iou") or [None] * len(manifest.classes)
    return [
        f"| {entry.id} | {_cell(entry.name)} | {entry.colour} | {_figure(iou)} |"
        for entry, iou in zip(manifest.classes, figures, strict=True)
    ]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _resize(rules: Preprocessing) -> str:
    """How the graph scales, in words."""
    scale = f"the short side to about {rules.base_size} pixels" if rules.base_size else "no scaling"
    return f"{scale}, both sides rounded to a multiple of {rules.multiple}, bilinear"
