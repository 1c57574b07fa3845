"""Settles what the engine settles before PyTorch is loaded: test files import torch themselves."""

from __future__ import annotations

import training_api.engines.torch_environment  # noqa: F401
