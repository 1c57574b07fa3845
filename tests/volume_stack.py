"""A stack whose data are in a volume of Docker, set up by the script that users call."""

from __future__ import annotations

import shutil

from console import ROOT

from tests.compose_stack import TAG, Stack
from tests.set_up import SetUp


class VolumeStack(Stack):
    """As `Stack`, with nothing of its data in a folder of this machine."""

    @property
    def owner(self) -> int:
        """The images' own account."""
        return 10001

    @property
    def volume(self) -> str:
        """The name of the volume."""
        return f"{self.project}_data"

    def _prepare(self) -> None:
        set_up = SetUp(self.images.engine, self.place)
        sample = set_up.clone / "datasets" / "dummy_dataset"
        shutil.copytree(ROOT / "datasets" / "dummy_dataset", sample)
        for path in (sample, *sample.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        done = set_up.run(
            *("--yes", "--data", f"volume:{self.volume}", "--project", self.project),
            *("--bind", "127.0.0.1", "--port", self.port),
        )
        assert done.returncode == 0, done.stderr
        self.run_folder = set_up.clone / "run"
        self.token = (self.run_folder / "access" / "token").read_text().strip()

    @property
    def environment(self) -> dict[str, str]:
        """The rest is in the clone's run/.env."""
        return self.images.engine.environment | {"SEGSMITH_TAG": TAG}

    def look(self, *command: str) -> str:
        """What a command prints in a container that sees the volume alone."""
        mount = f"{self.volume}:/data/segsmith:ro"
        image = self.images.reference("docker_sdk_api")
        return self.images.engine.docker("run", "--rm", "-v", mount, image, *command)

    def installation(self) -> str:
        """The home's own id."""
        return self.look("cat", "/data/segsmith/installation")
