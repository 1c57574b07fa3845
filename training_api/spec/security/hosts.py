"""The Host header: a page that rebinds its DNS name to this machine carries a foreign one."""

from __future__ import annotations

import re

from training_api.spec.security.asgi import Refusal, Scope, header_values
from training_api.spec.security.policy import LOOPBACK_NAMES, Policy

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)


def check_host(scope: Scope, policy: Policy) -> str:
    """The request's `host[:port]` in lower case. Raises Refusal (400)."""
    values = header_values(scope, b"host")
    if len(values) != 1:
        raise Refusal(400, "bad_host", "The request needs exactly one Host header.")
    host = values[0].lower()
    match = _HOST.fullmatch(host)
    if match is None:
        raise Refusal(400, "bad_host", "The Host header is malformed.")
    if match["name"] in LOOPBACK_NAMES | policy.hosts or host == policy.public_host:
        return host
    raise Refusal(
        400,
        "unknown_host",
        f"This server does not answer to the name '{host}'. Start it with "
        f"--public-url http://{host}, or with --name {match['name']}, if people are to reach it "
        "under that name.",
    )
