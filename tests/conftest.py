"""What holds for every test: no engine's tests where that engine is not installed; Docker."""

from __future__ import annotations

from importlib.util import find_spec

from tests.docker_base import docker_base as docker_base
from tests.docker_engine import docker_engine as docker_engine
from tests.docker_fixtures import compose_images as compose_images
from tests.docker_fixtures import compose_stack as compose_stack

# `make test` runs these folders in the engine's own environment.
_ENGINE_FOLDERS = {"torch": "unit/training_api/torch", "mxnet": "unit/training_api/gluoncv"}

collect_ignore = [folder for name, folder in _ENGINE_FOLDERS.items() if find_spec(name) is None]
