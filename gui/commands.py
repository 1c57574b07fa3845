"""Commands of this installation that pages name, as one types them on the server."""

from __future__ import annotations

import os


def command_word() -> str:
    """`segsmith`, or what SEGSMITH_COMMAND says of an installation in containers."""
    return os.environ.get("SEGSMITH_COMMAND") or "segsmith"


def start_command() -> str:
    """What starts the service: `segsmith serve`, or what SEGSMITH_START says."""
    return os.environ.get("SEGSMITH_START") or "segsmith serve"
