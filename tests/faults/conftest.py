"""Containers' faults, on a real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from tests.docker_engine import DockerEngine
from tests.faults.container_jobs import home_in, runner_in, small, supervised
from tests.small_image import remove_containers
from tests.small_image import small_image as small_image
from tests.unit.docker_sdk_api.supervised import Running

Begin = Callable[..., Coroutine[Any, Any, Running]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With a dataset version."""
    return home_in(tmp_path)


@pytest.fixture
async def begin(home: Home, docker_engine: DockerEngine, small_image: str) -> AsyncIterator[Begin]:
    """Starts supervisors over containers; `begin(command, image=…)`. Nothing is left of them."""
    async with AsyncExitStack() as stack:
        stack.callback(remove_containers, docker_engine, home)

        async def begun(
            command: tuple[str, ...] = small(), *, image: str = small_image, **options: Any
        ) -> Running:
            runner = runner_in(home, docker_engine, image, command, **options)
            stack.push_async_callback(runner.close)
            database = ExitStack()
            stack.callback(database.close)
            running = database.enter_context(supervised(home.path.parent, runner, home))
            await running.supervisor.start()
            stack.push_async_callback(running.supervisor.stop)
            return running

        yield begun
