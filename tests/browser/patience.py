"""How long the browser waits for what must come, on a busy machine."""

from __future__ import annotations

SLOW = 120_000.0
"""Milliseconds for a page or an answer."""
TRAINING = 900_000.0
"""Milliseconds for a short training run."""
