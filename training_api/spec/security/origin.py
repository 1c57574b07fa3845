"""Where a request comes from: other sites may link here, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from training_api.spec.security.asgi import Refusal, Scope, header_values
from training_api.spec.security.policy import Policy

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def check_origin(scope: Scope, host: str, policy: Policy) -> None:
    """Pass our own pages, typed addresses, links from elsewhere, and programs that are no browser.

    Browsers state Sec-Fetch-Site on trustworthy origins (loopback, https) and Origin elsewhere;
    a page can forge neither. A server on another port is a foreign site too. Raises Refusal (403).
    """
    sites = header_values(scope, b"sec-fetch-site")
    if sites:
        allowed = all(site in ("same-origin", "none") for site in sites) or _is_link(scope)
    else:
        origins = header_values(scope, b"origin")
        allowed = all(_is_ours(origin, host, policy) for origin in origins)
    if not allowed:
        raise Refusal(
            403,
            "foreign_origin",
            "The request comes from another site, and only Segsmith's own pages may send it.",
        )


def _is_link(scope: Scope) -> bool:
    """True for a page opened in a tab of its own from elsewhere, which changes nothing."""
    return (
        scope["method"] in ("GET", "HEAD")
        and header_values(scope, b"sec-fetch-mode") == ["navigate"]
        and header_values(scope, b"sec-fetch-dest") == ["document"]
    )


def _is_ours(origin: str, host: str, policy: Policy) -> bool:
    origin = origin.lower()
    if origin == policy.public_origin:
        return True
    parts = urlsplit(origin)
    if parts.scheme not in _DEFAULT_PORTS or origin != f"{parts.scheme}://{parts.netloc}":
        return False
    default = _DEFAULT_PORTS[parts.scheme]
    return parts.netloc.removesuffix(default) == host.removesuffix(default)
