"""The hosts that publish weights, and the settings that replace them by a mirror."""

from __future__ import annotations

import os
from dataclasses import dataclass

MIRROR = "SEGSMITH_WEIGHTS_MIRROR"
"""Environment variable: one base address for all hosts; files lie there below the host's name."""


@dataclass(frozen=True)
class Host:
    """Where files are published; `base` ends without a slash."""

    name: str
    title: str
    base: str

    @property
    def variable(self) -> str:
        """The environment variable that replaces `base` for this host alone."""
        return f"SEGSMITH_WEIGHTS_{self.name.upper()}"

    def url(self, path: str) -> str:
        """The address of a file: this host's own variable first, then the mirror, then `base`."""
        own = os.environ.get(self.variable, "").rstrip("/")
        mirror = os.environ.get(MIRROR, "").rstrip("/")
        base = own or (f"{mirror}/{self.name}" if mirror else self.base)
        return f"{base}/{path}"


HOSTS = {
    host.name: host
    for host in (
        Host("torchvision", "PyTorch", "https://download.pytorch.org/models"),
        Host("huggingface", "Hugging Face", "https://huggingface.co"),
        Host(
            "gluoncv",
            "GluonCV model zoo",
            "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/models",
        ),
    )
}
