"""Form fields made from JSON Schema, so that a parameter is declared in one place only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gui.wording import number

WORDS = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "poly": "Poly (power 0.9)",
    "cosine": "Cosine",
    "step": "Step",
    "three_step": "Three steps",
    "constant": "Constant",
    "auto": "Automatic",
    "decoded": "Decoded",
    "raw": "As files",
    "off": "Off",
    "miou": "mIoU",
}


@dataclass(frozen=True)
class Remarks:
    """What the API says of a spec, by spec path: refusals, and what it will do differently."""

    problems: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """One input. `path` is its place in the job spec, `value` what stands in it, as text."""

    name: str
    path: str
    title: str
    help: str
    kind: str  # number | switch | choice | text
    value: str
    recommended: str
    unit: str
    range: str
    low: str | None
    high: str | None
    step: str
    choices: tuple[tuple[str, str], ...]
    advanced: bool
    problem: str
    warning: str

    @property
    def id(self) -> str:
        """The path as an element's id."""
        return self.path.replace(".", "-").replace("_", "-")

    @property
    def changed(self) -> bool:
        """True when the value is not the recommended one."""
        return self.value != self.recommended


def fields_of(
    schema: dict[str, Any],
    typed: Mapping[str, str],
    recommended: Mapping[str, Any],
    prefix: str,
    path: str,
    remarks: Remarks,
) -> list[Field]:
    """A Field per property. `prefix` and `path` lead their form names and spec paths."""
    return [
        _field(
            resolved(schema, name),
            prefix + name,
            f"{path}.{name}",
            typed.get(name),
            recommended.get(name, resolved(schema, name).get("default")),
            remarks,
        )
        for name in schema.get("properties", {})
    ]


def resolved(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The property's own schema with a `$ref` followed."""
    part: dict[str, Any] = schema["properties"][name]
    if "$ref" in part:
        target = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def known_texts(schema: dict[str, Any], typed: Mapping[str, str]) -> dict[str, str]:
    """The typed options that the schema knows, less choices that it does not offer."""
    kept = {}
    for name, text in typed.items():
        if name not in schema.get("properties", {}):
            continue
        values = resolved(schema, name).get("enum")
        if not values or text in map(str, values):
            kept[name] = text
    return kept


def _field(
    part: dict[str, Any],
    name: str,
    path: str,
    typed: str | None,
    recommended: Any,
    remarks: Remarks,
) -> Field:
    low = part.get("minimum", part.get("exclusiveMinimum"))
    high = part.get("maximum", part.get("exclusiveMaximum"))
    fallback = as_text(recommended)
    return Field(
        name=name,
        path=path,
        title=part.get("title", name),
        help=part.get("description", ""),
        kind=_kind(part),
        value=fallback if typed is None else typed,
        recommended=fallback,
        unit=part.get("unit", ""),
        range=_range(part, low, high),
        low=None if low is None else number(low),
        high=None if high is None else number(high),
        step=number(part.get("step", 1 if part.get("type") == "integer" else 0.01)),
        choices=tuple((str(value), WORDS.get(str(value), str(value))) for value in _values(part)),
        advanced=part.get("group", "basic") == "advanced",
        problem=remarks.problems.get(path, ""),
        warning=remarks.warnings.get(path, ""),
    )


def _values(part: dict[str, Any]) -> list[Any]:
    return [part["const"]] if "const" in part else list(part.get("enum", []))


def _kind(part: dict[str, Any]) -> str:
    if _values(part):
        return "choice"
    kinds = {"boolean": "switch", "integer": "number", "number": "number"}
    return kinds.get(part.get("type", ""), "text")


def _range(part: dict[str, Any], low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    above = "above " if "exclusiveMinimum" in part else ""
    below = "below " if "exclusiveMaximum" in part else ""
    return f"{above}{number(low)} to {below}{number(high)}"


def as_text(value: Any) -> str:
    """A JSON value as it stands in an input."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return number(value) if isinstance(value, (int, float)) else str(value)


def as_value(part: dict[str, Any], text: str) -> Any:
    """What was typed as the schema's type; what does not fit stays text, for the API to refuse."""
    if part.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if part.get("type") in ("integer", "number"):
        return _number(text, part["type"] == "integer")
    return text


def _number(text: str, whole: bool) -> Any:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    if not math.isfinite(value):  # has no JSON form
        return text
    return int(value) if whole and value.is_integer() else value
