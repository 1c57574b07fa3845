"""Where the service may listen."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest

from training_api.cli.address import (
    PortInUse,
    check_names,
    check_public_url,
    is_loopback,
    listening_socket,
    own_names,
    part_address,
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


def test_a_server_on_every_address_answers_to_all_of_them() -> None:
    assert own_names("127.0.0.1") == ()
    assert own_names("192.168.1.5") == ("192.168.1.5",)
    names = own_names("0.0.0.0")
    assert {"0.0.0.0", "127.0.0.1", socket.gethostname()} <= {*names}
    assert all(name == socket.gethostname() or ipaddress.ip_address(name) for name in names)


@pytest.mark.parametrize("name", ["", "http://lab", "lab:4200", "a b", "-lab", "l/ab", "evil@lab"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidSpec, match="--name"):
        check_names([name])
    check_names(["lab", "gpu_1.lan", "10.0.0.7", "fd00::7"])


@pytest.mark.parametrize("url", [None, "", "https://a", "http://a/api", "a:4222", "http://a?x=1"])
def test_the_address_of_another_part_is_checked(url: str | None) -> None:
    with pytest.raises(InvalidSpec, match="--inference-url"):
        part_address("--inference-url", url)
    assert part_address("--inference-url", "http://inference_api:4343/") == (
        "http://inference_api:4343"
    )


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
