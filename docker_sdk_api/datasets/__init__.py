"""Datasets that can be trained on: where they are, whether they are sound, how they look."""
