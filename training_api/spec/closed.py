"""The base of everything we read from outside: unknown keys are errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """A frozen pydantic model that refuses unknown keys, NaN and infinity."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        validate_default=True,
        populate_by_name=True,
    )


class Record(BaseModel):
    """A frozen model of a file we wrote ourselves; keys of a later release are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
