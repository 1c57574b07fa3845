"""The images that jobs run in, and what to do where one is absent."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from docker_sdk_api.runners.base import Unanswered
from training_api.spec.directory import JobDirectory
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.kinds.fetch import FetchSpec
from training_api.weights.registry import weight_file

_ROOT = "/opt/segsmith"
_FRESH_SECONDS = 2.0
_SILENT_SECONDS = 5.0
_OURS = re.compile(r"segsmith/([\w-]+):(cpu|cpu_mkl|gpu|gpu_mkl)-[\w.-]+")


@dataclass(frozen=True)
class JobImage:
    """An image by its reference, and what is started in it with JOB_DIR and ATTEMPT."""

    reference: str
    command: tuple[str, ...]

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self.command[0]

    @property
    def absence(self) -> str:
        """What is wrong, and how to mend it, where the image is not there. Never pulled by us."""
        ours = _OURS.fullmatch(self.reference)
        build = f"docker-compose -f build/build_{ours[2]}.yml build" if ours else "docker build"
        return (
            f"The image {self.reference} is not on this machine. Build it (`{build}`), or bring it "
            "with `docker load`."
        )


JobImages = dict[EngineName | None, JobImage]
"""By engine; None is for work that needs none."""


def job_images(torch: str, gluoncv: str, service: str) -> JobImages:
    """Ours, by their references: the environments are at the same place in each."""
    pairs: list[tuple[EngineName | None, str, str]] = [
        (EngineName.torch, torch, ".venv-torch"),
        (EngineName.gluoncv, gluoncv, ".venv-gluoncv"),
        (None, service, ".venv"),
    ]
    return {
        engine: JobImage(reference, (f"{_ROOT}/{environment}/bin/python", "-m", "training_api"))
        for engine, reference, environment in pairs
    }


def image_of(images: JobImages, directory: JobDirectory, engine: EngineName | None) -> JobImage:
    """The engine's; a download that PyTorch has to convert runs where PyTorch is."""
    spec = directory.any_spec()
    if isinstance(spec, FetchSpec) and weight_file(spec.weights).pickled:
        return images[EngineName.torch]
    return images[engine]


class PresentImages:
    """Which images are there, asked for at most every few seconds. Blocking; thread-safe.

    A daemon that did not answer is not asked again at once, so that pages wait for it once.
    """

    def __init__(self, has_image: Callable[[str], bool]) -> None:
        self._has_image = has_image
        self._known: dict[str, tuple[float, bool]] = {}
        self._silence: tuple[float, Unanswered] | None = None
        self._guard = threading.Lock()  # one asks, the others get its answer

    def holds(self, reference: str) -> bool:
        """Whether the image is there. Raises Unanswered."""
        with self._guard:
            asked, present = self._known.get(reference, (float("-inf"), False))
            if time.monotonic() - asked > _FRESH_SECONDS:
                present = self._answer(reference)
                self._known[reference] = (time.monotonic(), present)
            return present

    def _answer(self, reference: str) -> bool:
        if self._silence is not None and time.monotonic() < self._silence[0]:
            raise self._silence[1]
        try:
            present = self._has_image(reference)
        except Unanswered as error:
            self._silence = (time.monotonic() + _SILENT_SECONDS, error)
            raise
        self._silence = None
        return present
