"""Orchestration: who runs a job, where, and what state it is in (port 4222)."""

from __future__ import annotations
