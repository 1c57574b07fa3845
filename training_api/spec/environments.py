"""Where the Python of each engine is: one environment each, as their needs exclude each other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from training_api.spec.errors import NoEngine
from training_api.spec.hyper_parameters import EngineName


def engine_python(engine: EngineName) -> Path | None:
    """The interpreter of `engine`'s environment, or None if it is not installed.

    `SEGSMITH_TORCH_PYTHON` or `SEGSMITH_GLUONCV_PYTHON` name it; else it is looked for as
    `.venv-torch` or `.venv-gluoncv` beside the environment that runs now.
    """
    named = os.environ.get(f"SEGSMITH_{engine.upper()}_PYTHON")
    beside = Path(sys.prefix).parent / f".venv-{engine}" / "bin" / "python"
    path = Path(named) if named else beside
    return path if os.access(path, os.X_OK) else None


def required_engine_python(engine: EngineName) -> Path:
    """As `engine_python`. Raises NoEngine with the remedy."""
    path = engine_python(engine)
    if path is None:
        raise NoEngine(
            f"The {engine} engine is not installed on this machine. Run `make setup` and read "
            "what it says about it, or choose the other engine.",
            field="engine",
        )
    return path
