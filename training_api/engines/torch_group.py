"""What the processes of several devices do together: mean gradients, mean losses, batch norms."""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from training_api.engines.base import Rank

TIME_LIMIT = timedelta(minutes=10)
"""Of one exchange; the first one may wait for another process to compile."""
_LOOPBACK = "lo"


def ready(number: int) -> str:
    """What rank `number` sets in the store when it is about to join."""
    return f"ready/{number}"


class Alone:
    """A single device: there is nobody to agree with."""

    def pass_of(self, last: bool) -> AbstractContextManager[None]:
        """The context of one of a step's passes; gradients are exchanged in the `last`."""
        return contextlib.nullcontext()

    def mean(self, value: float) -> float:
        """The mean of all processes' `value`."""
        return value

    def leave(self) -> None:
        """No more is exchanged, and this process goes on."""


class Group(Alone):
    """The process `rank` on `device` among all of its run, by NCCL or, on CPUs, gloo."""

    def __init__(self, rank: Rank, device: torch.device) -> None:
        for library in ("GLOO", "NCCL"):  # a job's container has no other network
            os.environ.setdefault(f"{library}_SOCKET_IFNAME", _LOOPBACK)
        self._rank = rank
        self._device = device
        self.store = distributed.FileStore(str(Path(rank.folder) / "store"), rank.count)

    def synchronised(self, network: nn.Module) -> nn.Module:
        """`network`, on GPUs with batch norms that measure the images of all devices.

        PyTorch has none for CPUs: there each process measures its own images, and the running
        statistics are those of the first one.
        """
        if self._device.type == "cpu":
            return network
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return converted

    def joined(self, network: nn.Module) -> nn.Module:
        """`network` with gradients that are means over all processes. All have to come here."""
        on_gpu = self._device.type == "cuda"
        if on_gpu:
            torch.cuda.set_device(self._device)
        distributed.init_process_group(
            "nccl" if on_gpu else "gloo",
            store=self.store,
            rank=self._rank.number,
            world_size=self._rank.count,
            timeout=TIME_LIMIT,
        )
        self._joined = DistributedDataParallel(
            network, device_ids=[self._device.index] if on_gpu else None
        )
        return self._joined

    def pass_of(self, last: bool) -> AbstractContextManager[None]:
        """See Alone."""
        return contextlib.nullcontext() if last else self._joined.no_sync()

    def mean(self, value: float) -> float:
        """See Alone."""
        total = torch.tensor(value, dtype=torch.float64, device=self._device)
        distributed.all_reduce(total)
        return float(total) / self._rank.count

    def tell_ready(self) -> None:
        """Let rank 0 know that this process is about to join."""
        self.store.set(ready(self._rank.number), "1")

    def leave(self) -> None:
        """See Alone. GPUs are left to the process's end: their library waits for ranks that may be
        gone."""
        if self._device.type == "cpu":
            distributed.destroy_process_group()
