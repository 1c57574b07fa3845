"""The images of this tree and stacks of them, by the files that users call, on a real engine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from console import LOGS, ROOT

from tests.command_line import until
from tests.docker_engine import DockerEngine, compose

TAG = "test"
"""In place of the version, so that images which somebody uses stay what they are."""
ROLES = ("training-torch", "training-gluoncv", "inference_api", "docker_sdk_api", "gui")
OWNER = 23456
"""An account that no machine knows: whose the data are where root runs the tests."""
_BUILDS = (("training-gluoncv", "inference_api"), ("training-torch", "docker_sdk_api", "gui"))


@dataclass(frozen=True)
class Images:
    """What the tests built, and where."""

    engine: DockerEngine
    arch: str

    def reference(self, role: str) -> str:
        """`segsmith/gui:cpu-test`."""
        return f"segsmith/{role}:{self.arch}-{TAG}"


def build_images(engine: DockerEngine, base: str, arch: str = "cpu") -> Images:
    """Build them with `build/build_ARCH.yml`; layers of an earlier run serve again.

    Two builds at a time use both what comes over the network and the processor; the last call is
    the one that users make, and finds all done.
    """
    environment = engine.environment | {
        "BASE_IMAGE": base,
        "SEGSMITH_BUILD_NETWORK": "host",
        "SEGSMITH_TAG": TAG,
    }
    command = [*compose(), "-f", str(ROOT / "build" / f"build_{arch}.yml"), "build"]

    def build(services: tuple[str, ...]) -> None:
        log = LOGS / f"docker-build-{services[0] if services else 'all'}.log"
        with log.open("wb") as out:
            for service in services or ("",):
                words = [*command, *([service] if service else [])]
                code = subprocess.run(words, env=environment, stdout=out, stderr=out).returncode
                assert code == 0, f"{' '.join(words)}: {log.read_text()[-4000:]}"

    with ThreadPoolExecutor(len(_BUILDS)) as pool:
        list(pool.map(build, _BUILDS))
    build(())
    # What these names meant before; stages of builds have no label, and stay for the next one.
    ours = f"label=org.opencontainers.image.version={TAG}"
    engine.docker("image", "prune", "--force", "--filter", ours)
    return Images(engine, arch)


def job_containers(engine: DockerEngine, installation: str) -> list[str]:
    """Ids of all containers that jobs of a home with this id left or run in."""
    labels = (f"segsmith.installation={installation}", "segsmith.role=job")
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return engine.docker("ps", "-aq", "--no-trunc", *filters).split()


class Stack:
    """One installation: a project of compose with data, token and port of its own."""

    run_folder = ROOT / "run"

    def __init__(self, images: Images, place: Path) -> None:
        self.images = images
        self.place = place
        self.project = f"segsmith-test-{secrets.token_hex(4)}"
        self.data = place / "data"
        self._datasets = place / "datasets"
        self.token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._prepare()

    @property
    def owner(self) -> int:
        """Uid and gid of the data: nobody in particular for root, else the tests' own."""
        return OWNER if os.geteuid() == 0 else os.geteuid()

    def _prepare(self) -> None:
        """As set-up leaves a data folder; beside it, the sample dataset for everybody to read."""
        shutil.copytree(ROOT / "datasets" / "dummy_dataset", self._datasets / "dummy_dataset")
        for path in (self._datasets, *self._datasets.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (self.data / "models").mkdir(parents=True)
        (self.data / "token").write_text(self.token + "\n")
        (self.data / "token").chmod(0o600)
        if os.geteuid() == 0:
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, self.owner, self.owner)

    @property
    def environment(self) -> dict[str, str]:
        """What a user's run/.env says, and the engine."""
        socket_path = Path(
            self.images.engine.host.removeprefix("unix://") or "/var/run/docker.sock"
        )
        return self.images.engine.environment | {
            "COMPOSE_PROJECT_NAME": self.project,
            "DOCKER_GID": str(socket_path.stat().st_gid),
            "SEGSMITH_BIND": "127.0.0.1",
            "SEGSMITH_DATA": str(self.data),
            "SEGSMITH_DATASETS_DIR": str(self._datasets),
            "SEGSMITH_DOCKER_SOCKET": str(socket_path),
            "SEGSMITH_GID": str(self.owner),
            "SEGSMITH_PORT": str(self.port),
            "SEGSMITH_TAG": TAG,
            "SEGSMITH_TOKEN_PATH": str(self.data / "token"),
            "SEGSMITH_UID": str(self.owner),
        }

    def compose(self, *arguments: str) -> str:
        """What `docker-compose -f run/run_ARCH.yml ARGUMENTS` prints."""
        file = self.run_folder / f"run_{self.images.arch}.yml"
        command = [*compose(), "-f", str(file), *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def up(self) -> None:
        """Start the parts and wait until they are healthy and know each other."""
        self.compose("up", "-d", "--no-build")
        with self.client() as client:
            for path in ("/api/v1/health", "/inference/health"):
                until(lambda path=path: self._answers(client, path))

    def _answers(self, client: httpx.Client, path: str) -> bool:
        try:
            return client.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def down(self) -> None:
        """Remove the parts and their networks, as `docker-compose down` does."""
        self.compose("down", "--timeout", "30")

    def client(self) -> httpx.Client:
        """Speaks to the published port with the token."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=bearer, timeout=120, trust_env=False)

    def container(self, part: str) -> str:
        """The id of a part's container."""
        return self.compose("ps", "-q", part).strip()

    def job_containers(self) -> list[str]:
        """Ids of all containers on the engine that jobs of this stack left or run in."""
        return job_containers(self.images.engine, self.installation())

    def installation(self) -> str:
        """The home's own id."""
        return (self.data / "installation").read_text().strip()

    def logs(self) -> str:
        """The end of what the parts said, for a test that failed."""
        return self.compose("logs", "--tail", "60", "--no-color")


@contextmanager
def running_stack(
    images: Images, place: Path, kind: Callable[[Images, Path], Stack] = Stack
) -> Iterator[Stack]:
    """A stack that is up, in the new folder `place`; at the end nothing of it is left."""
    stack = kind(images, place)
    try:
        stack.up()
        yield stack
    finally:
        (LOGS / f"{stack.project}.log").write_text(stack.logs())
        stack.compose("down", "--timeout", "20")
        for container in stack.job_containers():
            stack.images.engine.docker("rm", "--force", container, check=False)
        stack.compose("down", "--volumes")
        shutil.rmtree(place, ignore_errors=True)
