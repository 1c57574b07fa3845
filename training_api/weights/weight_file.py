"""What is known of one published file of weights."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.hosts import HOSTS


class Digest(Closed):
    """A published digest. `value` is lower-case hex; shorter than the algorithm's where the host
    publishes only the beginning of it (torchvision: the first 8 digits, in the file's name).
    """

    algorithm: Literal["sha256", "sha1"]
    value: str = Field(pattern=r"^[0-9a-f]{8,64}$")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class WeightFile(Closed):
    """A published file of weights: where it is, how it is checked, and what it fits.

    A "backbone" is a classifier whose encoder is taken; it fits every network of `engine` whose
    encoder is called `encoder`. A "network" fits the segmentation network `network` with
    `options`; its head is kept for the very same classes and replaced for others.
    """

    id: str = Field(pattern=r"^[a-z0-9]+:[A-Za-z0-9._-]+$")  # HOST:NAME
    title: str
    kind: Literal["backbone", "network"]
    engine: EngineName
    encoder: str = ""  # of a backbone: the name that networks give as their encoder
    network: str = ""  # of a network: the name in the catalogue
    options: dict[str, Any] = Field(default_factory=dict)  # of that network
    dataset: str  # what it learned
    classes: tuple[str, ...] = ()  # of a network, in the head's order
    path: str  # below the host's base address
    file: str  # the name of the weights file itself
    packed: bool = False  # `path` is a ZIP that holds `file`
    digest: Digest | None = None  # of `file`, not of its ZIP; None where none is published
    revision: str | None = None  # Hugging Face: the commit that `path` is pinned to, if known
    mebibytes: float | None = None  # of `file`, about; None where it is not published
    licence: str

    @property
    def host(self) -> str:
        """The host's name, the first half of the id."""
        return self.id.partition(":")[0]

    @property
    def name(self) -> str:
        """The second half of the id."""
        return self.id.partition(":")[2]

    @property
    def sized(self) -> str:
        """For sentences: the id, with the size where it is published."""
        size = f" ({self.mebibytes * 2**20 / 1e6:.3g} MB)" if self.mebibytes else ""
        return f"{self.id}{size}"

    @property
    def url(self) -> str:
        """Where to fetch `path`, mirrors considered."""
        return HOSTS[self.host].url(self.path)

    @property
    def pickled(self) -> bool:
        """True for a .pth, which is converted to safetensors before anything reads it."""
        return re.search(r"\.(pth|pt|bin)$", self.file) is not None
