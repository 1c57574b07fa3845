"""Several devices, as two processes that compute on the CPU and exchange by gloo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from tests.small_torch import RANK, SIZE, Noisy, batch, plain_engine, same, weights
from tests.steps_contract import FaultyLoss
from training_api.engines import torch_ranks
from training_api.engines.base import Rank, Setup
from training_api.engines.torch_group import Group
from training_api.engines.torch_ranks import RankLost, Ranks
from training_api.networks import network_for
from training_api.reasons import EXIT_TERMINATED
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.model import Preprocessing

TWO = ("cpu", "cpu")


class Faulty(FaultyLoss):
    """Which raises `fault`, if that is set; `taken` was on the device then."""

    fault: Exception | None = None
    taken: Callable[[], Any]

    def build(self, *arguments: Any) -> Any:
        """See Loss."""
        measured = super().build(*arguments)

        def loss(*tensors: Any) -> Any:
            if self.fault is not None:
                self.taken = weakref.ref(tensors[0])
                raise self.fault
            return measured(*tensors)

        return loss


@pytest.fixture
def engines() -> Iterator[list[Any]]:
    """Filled by a test; their processes end with it."""
    made: list[Any] = []
    yield made
    for engine in made:
        engine.close()


def without_ignored(step: int, count: int) -> Any:
    """Parts of a batch with equally many labelled pixels: their mean loss is the batch's."""
    images, labels = batch(step, count)
    labels[labels == 255] = 0
    return images, labels


def test_two_processes_take_the_step_of_one_until_one_is_killed(engines: list[Any]) -> None:
    values = {"accumulation": 2, "optimizer": "adamw", "gradient_clip": 0.5}
    alone = plain_engine(4, **values)
    engines.append(two := plain_engine(4, devices=TWO, **values))
    start = weights(two)
    for step in range(3):
        losses = [engine.train_step(*without_ignored(step, 8), 0.01) for engine in (alone, two)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for name, value in weights(two).items():
        assert np.allclose(value, weights(alone)[name], atol=1e-5), name
        assert np.abs(value - start[name]).max() > 1e-3, name
    assert two.facts()["device"] == "2 × cpu"

    other = rank_of(two)
    for request in (signal.SIGTERM, signal.SIGINT):  # are for the first process alone
        other.send_signal(request)
    assert np.isfinite(two.train_step(*batch(4, 8), 0.01))
    other.kill()
    for _ in range(2):
        with pytest.raises(RankLost, match=r"on cpu was ended from outside \(SIGKILL\)") as lost:
            two.train_step(*batch(5, 8), 0.01)
        assert lost.value.code == "killed"
    assert two.evaluate(*batch(5, 2))[1].shape == (2, *SIZE)


def rank_of(engine: Any) -> psutil.Process:
    """The process of its second device."""
    (other,) = (p for p in psutil.Process().children() if "rank" in " ".join(p.cmdline()))
    return other


def test_faults_and_resumes_leave_two_processes_equal(engines: list[Any]) -> None:
    """Dropout, batch norms and an average; a loss that only one process finds wrong."""
    loss = Faulty()
    parts = {"network": Noisy(), "loss": loss, "rank_command": [*RANK, "noisy"]}
    engine = plain_engine(4, devices=TWO, ema=0.9, optimizer="adamw", **parts)
    engines.append(engine)
    engine.train_step(*batch(0, 4), 0.01)
    tensors, values = engine.state()
    loss.countdown = 1
    assert not np.isfinite(engine.train_step(*batch(1, 4), 0.01))
    after, _ = engine.state()
    changed = sorted(set(tensors) - set(same(tensors, after)))
    assert changed == ["random/cpu"]  # dropout drew

    ends = []
    for _ in range(2):
        engine.restore(tensors, values)
        losses = [engine.train_step(*batch(step, 4), 0.01) for step in (1, 2)]
        ends.append((losses, engine.state()))
    assert ends[0][0] == ends[1][0]
    assert len(same(ends[0][1][0], ends[1][1][0])) == len(tensors)
    assert len(same(tensors, after)) > len(same(tensors, ends[0][1][0]))

    loss.fault = MemoryError("no more")
    for _ in range(2):  # rank 1 waits in the first one's exchange: there can be no second
        with pytest.raises(MemoryError, match="no more"):
            engine.train_step(*batch(3, 4), 0.01)
        loss.fault = None
    assert loss.taken() is None  # the fault is kept, and not what filled the memory


def test_the_reason_of_another_process_is_told(engines: list[Any]) -> None:
    engines.append(engine := plain_engine(2, devices=TWO, rank_command=[*RANK, "fault"]))
    with pytest.raises(RankLost, match="On cpu: There was not enough memory") as lost:
        engine.train_step(*batch(0), 0.01)
    assert lost.value.code == "out_of_memory"


def test_a_process_that_does_not_begin_is_not_waited_for() -> None:
    with pytest.raises(RankLost, match="exit code 3"):
        plain_engine(2, devices=TWO, rank_command=[sys.executable, "-c", "exit(3)"])


WAITS = (sys.executable, "-c", "import time; time.sleep(100)")


def ranks_of(command: Sequence[str]) -> Ranks:
    """Rank 0 alone with processes that know nothing of torch."""
    values, rules = HyperParameters(), Preprocessing(base_size=64)
    setup = Setup([1.0], SIZE, values, rules, ("cpu", "GPU-b"), rank_command=command)
    return Ranks(setup, "float32")


class TooLarge:
    """A network for which rank 0 has no memory."""

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network."""
        raise MemoryError


def test_an_engine_that_cannot_be_built_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(MemoryError):
        plain_engine(2, devices=TWO, rank_command=WAITS, network=TooLarge())
    assert list(tmp_path.iterdir()) == [] and not pausing()


def pausing() -> list[psutil.Process]:
    """Processes that stand for ranks which never answer."""
    return [one for one in psutil.Process().children() if "sleep(100)" in " ".join(one.cmdline())]


def test_a_process_that_takes_no_orders_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_ranks, "TAKING_LIMIT", 0.1)
    ranks = ranks_of(WAITS)
    for _ in range(2):
        with pytest.raises(RankLost, match="on GPU-b has hung for") as lost:
            ranks.restore({"larger than a pipe": np.zeros(2**20)}, {})
        assert lost.value.code == "error"
    ranks.close()
    assert not pausing()


STUCK = """
import sys
import threading
from training_api.engines import torch_ranks
from training_api.engines.base import Setup
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.model import Preprocessing
torch_ranks.GRACE = 0.1
rank = [sys.executable, "-c", "import sys; sys.stdin.read()"]
values, rules = HyperParameters(), Preprocessing(base_size=64)
setup = Setup(
    [1.0], (64, 64), values, rules, ("cpu", "GPU-b"),
    rank_command=rank, fatal=lambda lost: print(lost.code, lost.message),
)
ranks = torch_ranks.Ranks(setup, "float32")
with ranks.together():
    ranks._processes[0].kill()
    threading.Event().wait()
"""


def test_a_step_that_waits_for_ever_is_ended_with_its_reason(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK],
        capture_output=True,
        timeout=100,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert done.returncode == EXIT_TERMINATED, done.stderr
    told = done.stdout.splitlines()[-1]
    assert told.startswith(b"killed The process that trains on GPU-b was ended from outside")
    assert list(tmp_path.glob("segsmith-*")) == []


def test_a_process_that_is_gone_is_not_waited_for() -> None:
    ranks = ranks_of([sys.executable, "-c", "exit(4)"])
    ranks._processes[0].wait()
    with pytest.raises(RankLost, match="on GPU-b ended with exit code 4"), ranks.together():
        raise AssertionError("nobody answers")
    ranks.close()


def test_batch_norms_of_gpus_measure_the_images_of_all(tmp_path: Path) -> None:
    """PyTorch has no such layer for CPUs: here they are converted, and used for inference."""
    network = network_for(EngineName.torch, "unet", {"backbone": "resnet18"}).build(2, SIZE).eval()
    names, images = list(network.state_dict()), torch.rand(1, 3, *SIZE)
    expected = network(images)[0]
    group = Group(Rank(0, 2, str(tmp_path)), torch.device("cuda", 0))
    converted = group.synchronised(network).eval()
    kinds = {type(layer).__name__ for layer in converted.modules() if "Norm" in repr(type(layer))}
    assert kinds == {"SyncBatchNorm"}
    assert list(converted.state_dict()) == names
    assert torch.equal(converted(images)[0], expected)
