"""The kinds of job: one file each, listed here."""

from __future__ import annotations

from typing import Any

from training_api.spec.errors import InvalidSpec
from training_api.spec.kinds import fetch, profile, train
from training_api.spec.kinds.base import Kind, Spec

KINDS: tuple[Kind, ...] = (train.KIND, profile.KIND, fetch.KIND)


def kind_named(name: object) -> Kind:
    """The kind of this name. Raises InvalidSpec."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    offered = ", ".join(f"'{kind.name}'" for kind in KINDS)
    raise InvalidSpec(f"kind: must be one of {offered}.", field="kind")


def kind_of(document: dict[str, Any]) -> Kind:
    """The kind of a spec document; without a word of it, training. Raises InvalidSpec."""
    return kind_named(document.get("kind", train.KIND.name))


def spec_from(document: dict[str, Any]) -> Spec:
    """The checked spec of any kind. Raises InvalidSpec or pydantic's ValidationError."""
    return kind_of(document).parse(document)
