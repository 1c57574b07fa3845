"""Serving of published models (port 4343)."""

from __future__ import annotations
