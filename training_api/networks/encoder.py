"""What is known of the encoder that a network is built on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoder:
    """An encoder in one library's implementation, offered as the option `backbone`."""

    name: str  # the option's value
    title: str
    key: str  # the implementation's own name; published weights are listed by it
    licence: str  # of the implementation
    paper: str  # authors, title, year
