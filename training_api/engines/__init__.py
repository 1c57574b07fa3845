"""The engines, by name; each is imported in its own environment only."""

from __future__ import annotations

from importlib import import_module

from training_api.engines.base import Engine
from training_api.spec.hyper_parameters import EngineName

_MODULES = {
    EngineName.torch: "training_api.engines.torch_engine",
    EngineName.gluoncv: "training_api.engines.gluoncv_engine",
}


def engine_class(name: EngineName) -> type[Engine]:
    """The engine's class; imports its framework."""
    engine: type[Engine] = import_module(_MODULES[name]).ENGINE
    return engine
