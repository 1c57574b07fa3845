"""Hyper-parameters, declared once: API checks, form, CLI flags and docs derive from here."""

from __future__ import annotations

from typing import Any

from training_api.spec.engine_name import EngineName as EngineName
from training_api.spec.parameters.basic import BasicParameters
from training_api.spec.parameters.computation import ComputationParameters
from training_api.spec.parameters.data import DataParameters
from training_api.spec.parameters.duration import DurationParameters
from training_api.spec.parameters.optimization import OptimizationParameters


# pydantic lists the fields of the last base first
class HyperParameters(
    ComputationParameters,
    DataParameters,
    DurationParameters,
    OptimizationParameters,
    BasicParameters,
):
    """What shapes a training run apart from network, loss and data."""


def engine_defaults(engine: EngineName) -> dict[str, Any]:
    """Default of every hyper-parameter for `engine`, by field name."""
    fields = HyperParameters.model_fields
    if engine is EngineName.torch:
        return {name: field.default for name, field in fields.items()}
    return {name: _extra(name)["gluoncv"] for name in fields}


def possible_values(name: str, engine: EngineName) -> list[Any] | None:
    """The values of a hyper-parameter that `engine` can do; None if it can do all."""
    if engine is EngineName.torch:
        return None
    values: list[Any] | None = _extra(name).get("gluoncv_values")
    return values


def _extra(name: str) -> dict[str, Any]:
    extra = HyperParameters.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return dict(extra)
