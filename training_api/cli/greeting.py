"""What `segsmith serve` says when it answers."""

from __future__ import annotations

from urllib.parse import urlsplit

from training_api.cli.part import Part

EVERYWHERE = ("0.0.0.0", "::")


def greeting(part: Part, host: str, url: str, public_url: str | None, *, terminal: bool) -> str:
    """Where it is, and on a terminal how it ends.

    A part that listens everywhere is in a container as a rule, which does not know at which port
    of the machine it is published.
    """
    ending = " (Ctrl-C stops it)" if terminal else ""
    if part is Part.all or (part is Part.gui and public_url):
        return f"Segsmith is at {public_url or url}{ending}"
    if host in EVERYWHERE:
        port = urlsplit(url).port
        return f"The {part} part listens on port {port}, on all addresses{ending}"
    return f"The {part} part is at {url}{ending}"
