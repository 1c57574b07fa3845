"""Where the service may listen."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from training_api.cli.address import (
    PortInUse,
    check_public_url,
    is_loopback,
    listening_socket,
    read_token,
    require_token,
)
from training_api.spec.errors import InvalidSpec


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    require_token(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "8.8.8.8", ""])
def test_any_other_address_needs_one(host: str) -> None:
    with pytest.raises(InvalidSpec, match="--token-file"):
        require_token(host or "0.0.0.0", None)
    require_token(host or "0.0.0.0", "a token")


def test_a_name_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="no address"):
        is_loopback("no such host.invalid")


def test_the_token_is_read_without_blanks(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  0123456789abcdef\n")
    assert read_token(path) == "0123456789abcdef"
    assert read_token(None) is None


@pytest.mark.parametrize(
    "text",
    ["", "\n", "only-15-letters", "two words of sixteen", "täglich-täglich-neu", "0\x00" * 9],
)
def test_a_weak_or_odd_token_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSpec, match="at least 16 letters"):
        read_token(path)
    with pytest.raises(InvalidSpec, match="cannot be read"):
        read_token(tmp_path / "none")


@pytest.mark.parametrize("url", ["ftp://a", "example.org", "https://", "http://a/?x=1", "//a"])
def test_a_public_url_is_checked(url: str) -> None:
    with pytest.raises(InvalidSpec, match="--public-url"):
        check_public_url(url)
    check_public_url("https://example.org:8443/segsmith")
    check_public_url(None)


def test_a_taken_port_names_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"Port {port} is in use by process {os.getpid()} "):
            listening_socket("127.0.0.1", port)
    listening_socket("127.0.0.1", port).close()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="Choose another address"):
        listening_socket("192.0.2.1", 0)
