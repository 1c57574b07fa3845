"""The host's paths of our folders, used once a container has proven them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_mounts import HostPaths, Unproven, own_container
from docker_sdk_api.runners.docker_probe import prove
from docker_sdk_api.runners.docker_request import Surroundings

_AGAIN_SECONDS = 30.0
_NO_IMAGE = (
    "No image of Segsmith is there by which to see what containers see. Build or load the images."
)


class ProvenPaths:
    """Proves the paths when first asked for them, and then keeps them. Blocking; thread-safe.

    `image` gives one that is there. Without any, nothing can be proven: no job can start then.
    """

    def __init__(
        self,
        daemon: Daemon,
        home: Path,
        roots: Sequence[Path],
        image: Callable[[], JobImage | None],
    ) -> None:
        self._daemon = daemon
        self._home = home
        self._roots = roots
        self._image = image
        self._guard = threading.Lock()
        self._paths: HostPaths | None = None
        self._refusal: tuple[float, Unproven] | None = None

    def proven(self, around: Surroundings, *, certainly: bool = False) -> HostPaths:
        """The paths. Raises Unproven, for a while without another try.

        Without an image nothing can be proven, which is Unproven only where it must be `certainly`.
        """
        with self._guard:
            if self._paths is not None:
                return self._paths
            if self._refusal and time.monotonic() < self._refusal[0]:
                raise self._refusal[1]
            return self._prove(around, certainly)

    def _prove(self, around: Surroundings, certainly: bool) -> HostPaths:
        own = own_container()
        described = self._daemon.inspected(own) if own else None
        paths, image = HostPaths.of_container(described), self._image()
        if image is None:
            if certainly:
                raise Unproven(_NO_IMAGE)
            return paths
        try:
            prove(self._daemon, image, around, paths, self._home, self._roots)
        except Unproven as error:
            self._refusal = (time.monotonic() + _AGAIN_SECONDS, error)
            raise
        self._paths = paths
        return paths
