"""The JSON Schemas of closed models, as flags and tables need them."""

from __future__ import annotations

from typing import Any

from training_api.spec.closed import Closed

Schema = dict[str, Any]
SEPARATOR = "__"
"""Between the parts of a flag's own name: group, then field."""


def properties(model: type[Closed]) -> dict[str, Schema]:
    """Each field's JSON Schema, references replaced by what they refer to."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolved(entry: Schema) -> Schema:
        if "$ref" in entry:
            return definitions[entry["$ref"].rsplit("/", 1)[-1]] | entry
        return entry

    return {name: _plain(resolved(entry)) for name, entry in schema.get("properties", {}).items()}


def _plain(entry: Schema) -> Schema:
    """`X or null` as X: a flag that is not given is the null."""
    kinds = [kind for kind in entry.get("anyOf", []) if kind != {"type": "null"}]
    return kinds[0] | entry if len(kinds) == 1 else entry
