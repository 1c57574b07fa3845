"""Where the service listens, and whether it may."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from training_api.cli.part import Part
from training_api.spec.errors import InvalidSpec, SegsmithError

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


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
        raise InvalidSpec(f"The token's file {path} cannot be read ({error}).") from error
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidSpec(
            f"The token's file {path} must hold at least 16 letters, digits or marks without "
            "blanks. `openssl rand -hex 24` makes a good token."
        )
    return token


def check_public_url(url: str | None) -> None:
    """Raise InvalidSpec unless `url` is None or an http(s) address without query."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidSpec(f"--public-url: '{url}' is no address like https://example.org/segsmith.")


def check_names(names: Iterable[str]) -> None:
    """Raise InvalidSpec unless each is a host name or an IP address, without scheme and port."""
    for name in names:
        if not _NAME.fullmatch(name) and not _is_ip6(name):
            raise InvalidSpec(
                f"--name: '{name}' is no host name or address. Write it without http:// and port."
            )


def _is_ip6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def part_address(flag: str, url: str | None) -> str:
    """Where another part is, as `http://host:port`. Raises InvalidSpec."""
    if not url:
        raise InvalidSpec(f"{flag}: the gui part must be told where that part is.")
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme != "http" or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise InvalidSpec(f"{flag}: '{url}' is no address like http://127.0.0.1:4222.")
    return url.rstrip("/")


def require_token(host: str, token: str | None, part: Part = Part.all) -> None:
    """Raise InvalidSpec without a token, for an address that others reach or a single part."""
    if token is not None:
        return
    if part is not Part.all:
        raise InvalidSpec(
            f"--part {part} needs a --token-file: the same one for all parts. "
            "`openssl rand -hex 24` makes a good token."
        )
    if not is_loopback(host):
        raise InvalidSpec(
            f"--host {host} would let anybody on the network in: give a --token-file, or stay on "
            "127.0.0.1 and use an SSH tunnel."
        )


def own_names(host: str) -> tuple[str, ...]:
    """Under which names others reach a server bound to `host`: none on loopback, all of this
    machine's where it listens on every address.
    """
    if is_loopback(host):
        return ()
    if host not in ("0.0.0.0", "::"):
        return (host,)
    import psutil

    entries = [entry for several in psutil.net_if_addrs().values() for entry in several]
    found = [e.address for e in entries if e.family in (socket.AF_INET, socket.AF_INET6)]
    return (host, socket.gethostname(), *(address for address in found if "%" not in address))


def host_name(host: str) -> str:
    """As a Host header writes it."""
    return f"[{host}]" if ":" in host else host.lower()


def reachable(host: str) -> str:
    """The name by which this machine reaches a socket bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host_name(host))


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
