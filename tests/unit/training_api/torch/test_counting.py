"""The shipped table of costs is what counting gives; no encoder needs a download to be built."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest

from tests.small_torch import torch_networks
from training_api.networks import network_class
from training_api.networks.cost import cost_of
from training_api.networks.torch.counting import counted
from training_api.networks.torch.encoders import ENCODERS
from training_api.spec.hyper_parameters import EngineName


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a network must not be needed to build a network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


CASES = [
    *(("dpt" if name.startswith("vit") else "fpn", name) for name in ENCODERS),
    *((network.name, network.backbones()[0]) for network in torch_networks()),
]


@pytest.mark.parametrize(("name", "backbone"), dict.fromkeys(CASES))
@pytest.mark.usefixtures("_offline")
def test_the_table_is_what_is_counted(name: str, backbone: str) -> None:
    known = cost_of(EngineName.torch, name, backbone)
    assert known == counted(network_class(EngineName.torch, name), backbone), "run `make networks`"
