"""The exports: one file each, by engine and target."""

from __future__ import annotations

from importlib import import_module

from training_api.exports.base import Export
from training_api.spec.hyper_parameters import EngineName

_MODULES = ("training_api.exports.onnx_torch", "training_api.exports.onnx_gluoncv")
"""A new export is a new file with a class `EXPORT`, and its line here."""


def exports_for(engine: EngineName) -> list[Export]:
    """The exports of an engine's models; imports no framework."""
    exports = [import_module(module).EXPORT() for module in _MODULES]
    return [export for export in exports if export.engine is engine]
