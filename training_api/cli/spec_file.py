"""A job spec from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from training_api.spec.errors import InvalidSpec

_OF_ITS_JOB = ("schema", "kind", "name", "dataset")
"""What the next job gets anew."""


def read_spec(path: Path) -> dict[str, Any]:
    """The spec in a YAML or JSON file, without what belongs to one job. Raises InvalidSpec."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidSpec(f"{path} cannot be read as YAML or JSON ({error}).") from error
    if not isinstance(document, dict):
        raise InvalidSpec(f"{path} holds no job spec: it must be a mapping of names to values.")
    return {key: value for key, value in document.items() if key not in _OF_ITS_JOB}
