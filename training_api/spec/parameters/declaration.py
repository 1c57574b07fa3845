"""How a hyper-parameter is declared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field


def parameter(
    default: Any,
    title: str,
    help_text: str,
    *,
    group: Literal["basic", "advanced"] = "advanced",
    unit: str = "",
    gluoncv: Any = None,
    gluoncv_values: Sequence[Any] | None = None,
    step: float | None = None,
    **bounds: Any,
) -> Any:
    """One hyper-parameter: `default` is the torch engine's, `gluoncv` the other's if it differs.

    `gluoncv_values` are the only values that the gluoncv engine can do, where it cannot do all;
    of a single one the form makes no field.
    """
    extra = {"group": group, "unit": unit, "gluoncv": default if gluoncv is None else gluoncv}
    if gluoncv_values is not None:
        extra["gluoncv_values"] = list(gluoncv_values)
    if step is not None:
        extra["step"] = step
    return Field(default, title=title, description=help_text, json_schema_extra=extra, **bounds)
