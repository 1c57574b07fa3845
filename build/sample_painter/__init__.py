"""Paints the photos of datasets/dummy_dataset: pressed panels with pads and round openings."""

from __future__ import annotations
