"""Where the service listens, and whether it may."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

from training_api.spec.errors import InvalidSpec, SegsmithError


class PortInUse(SegsmithError):
    """Another process listens on the port."""

    code = "port_in_use"


def is_loopback(host: str) -> bool:
    """True if `host` leads to this machine only."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise InvalidSpec(f"--host: '{host}' is no address of this machine.") from error
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)


def read_token(path: Path | None) -> str | None:
    """The token in a file, without blanks around it. Raises InvalidSpec."""
    if path is None:
        return None
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSpec(f"--token-file: {path} cannot be read ({error}).") from error
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidSpec(
            f"--token-file: {path} must hold at least 16 letters, digits or marks without blanks. "
            "`openssl rand -hex 24` makes a good token."
        )
    return token


def check_public_url(url: str | None) -> None:
    """Raise InvalidSpec unless `url` is None or an http(s) address without query."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidSpec(f"--public-url: '{url}' is no address like https://example.org/segsmith.")


def require_token(host: str, token: str | None) -> None:
    """Raise InvalidSpec for an address that others reach, without a token."""
    if token is None and not is_loopback(host):
        raise InvalidSpec(
            f"--host {host} would let anybody on the network in: give a --token-file, or stay on "
            "127.0.0.1 and use an SSH tunnel."
        )


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound TCP socket. Raises PortInUse naming the other process if it is visible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1)  # binding alone does not tell that another process listens
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} is in use{_by_whom(port)}. Choose another one with --port."
            ) from error
        raise InvalidSpec(
            f"--host {host} --port {port}: {error.strerror}. Choose another address."
        ) from error
    return listener


def _by_whom(port: int) -> str:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        for entry in psutil.net_connections("tcp"):
            listens = entry.status == psutil.CONN_LISTEN and entry.laddr[1:] == (port,)
            if listens and entry.pid is not None:
                return f" by process {entry.pid} ({psutil.Process(entry.pid).name()})"
    return ""
