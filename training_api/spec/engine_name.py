"""The names of the engines."""

from __future__ import annotations

from enum import StrEnum


class EngineName(StrEnum):
    """A training framework with an environment of its own."""

    torch = "torch"
    gluoncv = "gluoncv"
