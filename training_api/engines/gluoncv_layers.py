"""The layers of a gluon network."""

from __future__ import annotations

from typing import Any


def layers_of(block: Any, kind: type) -> list[Any]:
    """Those of `kind` in `block`, each once, though blocks may share one."""
    found: dict[Any, None] = {}

    def look(part: Any) -> None:
        if isinstance(part, kind):
            found[part] = None
        for child in part._children.values():
            look(child)

    look(block)
    return list(found)
