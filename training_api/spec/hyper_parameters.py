"""Hyper-parameters, declared once: API checks, form, CLI flags and docs derive from here."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from training_api.spec.closed import Closed


class EngineName(StrEnum):
    """A training framework with an environment of its own."""

    torch = "torch"
    gluoncv = "gluoncv"


def _parameter(
    default: Any,
    title: str,
    help_text: str,
    *,
    group: Literal["basic", "advanced"] = "advanced",
    unit: str = "",
    gluoncv: Any = None,
    step: float | None = None,
    **bounds: Any,
) -> Any:
    """One hyper-parameter: `default` is the torch engine's, `gluoncv` the other's if it differs."""
    extra = {"group": group, "unit": unit, "gluoncv": default if gluoncv is None else gluoncv}
    if step is not None:
        extra["step"] = step
    return Field(default, title=title, description=help_text, json_schema_extra=extra, **bounds)


class HyperParameters(Closed):
    """What shapes a training run apart from network, loss and data."""

    learning_rate: float = _parameter(
        0.001,
        "Learning rate",
        "Size of each correction of the weights. Too high diverges, too low learns slowly.",
        group="basic",
        step=0.0001,
        gt=0,
        le=10,
    )
    batch_size: int = _parameter(
        2,
        "Batch size",
        "Images per training step (per device). Larger is steadier and needs more memory.",
        group="basic",
        unit="images",
        gluoncv=1,
        ge=1,
        le=1024,
    )
    epochs: int = _parameter(
        10,
        "Epochs",
        "How many times training goes through all training images.",
        group="basic",
        gluoncv=15,
        ge=1,
        le=100_000,
    )
    validation_batch_size: int = _parameter(
        1,
        "Validation batch size",
        "Images per step when measuring quality. Changes speed and memory, never the result.",
        group="basic",
        unit="images",
        ge=1,
        le=1024,
    )
    optimizer: Literal["sgd", "adamw"] = _parameter(
        "adamw",
        "Optimizer",
        "How corrections are computed: AdamW adapts to each weight, SGD is the classic.",
    )
    schedule: Literal["poly", "cosine", "constant"] = _parameter(
        "cosine",
        "Schedule",
        "How the learning rate falls over the run: poly (power 0.9), cosine, or not at all.",
        gluoncv="poly",
    )
    momentum: float = _parameter(
        0.9,
        "Momentum",
        "Share of the previous correction that is kept (SGD), or the first beta of AdamW.",
        step=0.01,
        ge=0,
        lt=1,
    )
    weight_decay: float = _parameter(
        0.01,
        "Weight decay",
        "Pull of all weights towards zero; counters overfitting.",
        gluoncv=0.0001,
        step=0.0001,
        ge=0,
        le=1,
    )
    base_size: int = _parameter(
        352,
        "Base size",
        "Images are scaled so that their short side has about this many pixels; 0 keeps them.",
        unit="pixels",
        gluoncv=520,
        ge=0,
        le=8192,
    )
    crop_size: int = _parameter(
        0,
        "Crop size",
        "Side of the square cut from a scaled image for training; 0 takes the whole image.",
        unit="pixels",
        gluoncv=480,
        ge=0,
        le=8192,
    )
    augment: bool = _parameter(
        True,
        "Augment data",
        "Vary training images at random (scale, crop, flip, light). Validation is never varied.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = _parameter(
        "auto",
        "Precision",
        "auto computes in bfloat16 where the processor is fast at it; float32 is exact and slower.",
    )
    workers: int = _parameter(
        1,
        "Number of workers",
        "Threads that prepare images while the network computes.",
        ge=0,
        le=64,
    )
    seed: int = _parameter(
        0,
        "Seed",
        "Start of all random numbers; the same seed gives the same split and the same run.",
        ge=0,
        le=2**31 - 1,
    )


def engine_defaults(engine: EngineName) -> dict[str, Any]:
    """Default of every hyper-parameter for `engine`, by field name."""
    fields = HyperParameters.model_fields
    if engine is EngineName.torch:
        return {name: field.default for name, field in fields.items()}
    return {name: _extra(name)["gluoncv"] for name in fields}


def _extra(name: str) -> dict[str, Any]:
    extra = HyperParameters.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return dict(extra)
