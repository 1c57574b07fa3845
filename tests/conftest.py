"""What holds for every test: no engine's tests where that engine is not installed."""

from __future__ import annotations

from importlib.util import find_spec

# `make test` runs these folders in the engine's own environment.
_ENGINE_FOLDERS = {"torch": "unit/training_api/torch", "mxnet": "unit/training_api/gluoncv"}

collect_ignore = [folder for name, folder in _ENGINE_FOLDERS.items() if find_spec(name) is None]
