"""What tests on the engine share: built once, and one stack for all that only look at it.

Imports what only the service's environment has when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.docker_engine import DockerEngine

if TYPE_CHECKING:
    from tests.compose_stack import Images, Stack


@pytest.fixture(scope="session")
def compose_images(docker_engine: DockerEngine, docker_base: str) -> Images:
    """The images of this tree, for processors."""
    from tests.compose_stack import build_images

    return build_images(docker_engine, docker_base)


@pytest.fixture(scope="session")
def compose_stack(
    compose_images: Images, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """An installation in containers, on a free port of this machine."""
    from tests.compose_stack import running_stack

    with running_stack(compose_images, tmp_path_factory.mktemp("compose") / "stack") as stack:
        yield stack
