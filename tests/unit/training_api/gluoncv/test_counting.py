"""The shipped table of costs is what counting gives; no encoder needs a download to be built."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest

from training_api.engines.gluoncv_import import import_mxnet
from training_api.networks import all_networks, network_class
from training_api.networks.cost import cost_of
from training_api.networks.gluoncv.counting import counted
from training_api.spec.hyper_parameters import EngineName


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a network must not be needed to build a network")

    import_mxnet()
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


NETWORKS = [kind for kind in all_networks() if kind.engine is EngineName.gluoncv]
CASES = [
    *((kind.name, (kind.backbones() or (None,))[0]) for kind in NETWORKS),
    *(("fcn", name) for name in network_class(EngineName.gluoncv, "fcn").backbones()),
    ("deeplabv3plus", "wideresnet38"),
]


@pytest.mark.parametrize(("name", "backbone"), dict.fromkeys(CASES))
def test_the_table_is_what_is_counted(name: str, backbone: str | None) -> None:
    known = cost_of(EngineName.gluoncv, name, backbone)
    assert known == counted(network_class(EngineName.gluoncv, name), backbone), "`make networks`"
