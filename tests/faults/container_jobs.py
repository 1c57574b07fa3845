"""A supervisor over containers, and what one asks of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import upgrade
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.docker import DockerRunner
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_labels import INSTALLATION, ROLE
from tests.docker_engine import DockerEngine
from tests.small_image import PYTHON, SMALL_AGENT
from tests.unit.docker_sdk_api.at_hand import save_version, settings_for
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.hyper_parameters import EngineName

AGENT = """
import sys
from pathlib import Path
from training_api.agent import Agent
from training_api.spec.directory import JobDirectory
work = [sys.executable, "-c", {work!r}]
sys.exit(Agent(JobDirectory(Path(sys.argv[1])), int(sys.argv[2]), work).run())
"""


def small(conduct: str = "train") -> tuple[str, ...]:
    """The command of a small agent."""
    return (PYTHON, SMALL_AGENT, conduct)


def agent_over(work: str) -> tuple[str, ...]:
    """The real agent, whose worker is this program."""
    return (PYTHON, "-c", AGENT.format(work=work))


def runner_in(
    home: Home, engine: DockerEngine, image: str, command: tuple[str, ...], **options: Any
) -> DockerRunner:
    """All work runs in `image`."""
    images = dict.fromkeys([None, *EngineName], JobImage(image, command))
    return DockerRunner(home, images, address=engine.host or None, **options)


def home_in(folder: Path) -> Home:
    """With a dataset version."""
    home = Home(folder / "home")
    home.create()
    save_version(home)
    return home


@contextmanager
def supervised(folder: Path, runner: DockerRunner, home: Home) -> Iterator[Running]:
    """To be started by the test; the database is closed at the end."""
    database = Database(home.database)
    upgrade(database)
    try:
        yield Running(home, JobStore(database), runner, settings_for(folder))  # type: ignore[arg-type]
    finally:
        database.close()


def containers(engine: DockerEngine, home: Home) -> list[str]:
    """The names of all containers of jobs of the home, running or not."""
    labels = (f"label={INSTALLATION}={home.installation()}", f"label={ROLE}=job")
    filters = [word for label in labels for word in ("--filter", label)]
    return engine.docker("ps", "--all", *filters, "--format", "{{.Names}}").split()
