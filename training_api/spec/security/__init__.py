"""What stands between the network and our applications: pure ASGI, standard library only.

`secured(app, policy)` wraps an application. From the outside in: response headers, shape of the
request, Host, origin, token or session, body size.
"""

from __future__ import annotations

from training_api.spec.security.asgi import App
from training_api.spec.security.body_limit import BodyLimit
from training_api.spec.security.gate import Gate
from training_api.spec.security.policy import Policy
from training_api.spec.security.response_headers import ResponseHeaders

__all__ = ["Policy", "secured"]


def secured(app: App, policy: Policy) -> App:
    """`app` behind every check of `policy`; lifespan events pass through."""
    return ResponseHeaders(Gate(BodyLimit(app, policy), policy), policy)
