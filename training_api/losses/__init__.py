"""The losses: one file each, found by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pydantic import ValidationError

from training_api.losses.base import Loss
from training_api.spec.errors import InvalidSpec
from training_api.spec.job import problem_of

_MODULES = {
    "cross_entropy": "training_api.losses.cross_entropy",
    "cross_entropy_dice": "training_api.losses.cross_entropy_dice",
    "dice": "training_api.losses.dice",
    "focal": "training_api.losses.focal",
    "lovasz": "training_api.losses.lovasz",
    "combined": "training_api.losses.combined",
}


def all_losses() -> tuple[type[Loss], ...]:
    """Every loss class, in the order in which they are offered."""
    return tuple(import_module(module).LOSS for module in _MODULES.values())


def loss_for(name: str, options: dict[str, Any]) -> Loss:
    """The loss with checked options. Raises InvalidSpec at the field."""
    if name not in _MODULES:
        known = ", ".join(_MODULES)
        raise InvalidSpec(f"There is no loss '{name}'. Choose one of: {known}.", field="loss.name")
    found: type[Loss] = import_module(_MODULES[name]).LOSS
    try:
        return found(found.Options.model_validate(options))
    except ValidationError as error:
        problem = problem_of(error.errors()[0])
        path = f"loss.options.{problem.field}" if problem.field else "loss.options"
        raise InvalidSpec(problem.message, field=path) from error
