"""An image that brings weights: as `WEIGHTS=mid` builds it, over what the tests have built already.

The stage of build/Dockerfile.docker_sdk_api that fetches them would install PyTorch anew, for
minutes; training-torch has the same environment. The lines that fetch and take them are the file's.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import ROOT

from tests.command_line import until
from tests.compose_stack import OWNER, Images, job_containers
from training_api.spec.files import write_json

RECIPE = ROOT / "build" / "Dockerfile.docker_sdk_api"
PICKLED = "torchvision:resnet18"
PUBLISHED = "f37072fd"
"""How the SHA-256 of that file begins, which is in its name too."""


def digest_of(content: bytes) -> str:
    """What torchvision publishes of a file with this content."""
    return hashlib.sha256(content).hexdigest()[: len(PUBLISHED)]


@contextmanager
def image_with_weights(images: Images, content: bytes, mirror: str) -> Iterator[str]:
    """The name of the image whose networks.json has PICKLED alone, fetched from `mirror`.

    The catalogue that it is built with names the digest of `content`, as if that were published.
    At the end it is removed with what its build left: no other has the same address to fetch from.
    """
    name = f"segsmith-test-weights:{secrets.token_hex(4)}"
    try:
        _build(images, name, content, mirror)
        yield name
    finally:
        images.engine.docker("image", "rm", name, check=False)
        images.engine.docker("image", "prune", "--force", "--filter", f"label={_label(name)}")


def _label(name: str) -> str:
    """Marks what the build of this image leaves; a build beside it has another one."""
    return f"segsmith.test={name}"


def _build(images: Images, name: str, content: bytes, mirror: str) -> None:
    with tempfile.TemporaryDirectory(prefix="segsmith-weights-") as folder:
        context = Path(folder)
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "training_api", context / "training_api", ignore=unwanted)
        write_json(context / "training_api" / "assets" / "networks.json", {PICKLED: True})
        catalogue = context / "training_api" / "weights" / "torchvision_files.py"
        text = catalogue.read_text(encoding="utf-8")
        assert PUBLISHED in text
        catalogue.write_text(text.replace(PUBLISHED, digest_of(content)), encoding="utf-8")
        (context / "Dockerfile").write_text(_recipe(images, _label(name)))
        arguments = ("WEIGHTS=mid", f"SEGSMITH_WEIGHTS_MIRROR={mirror}")
        words = [word for argument in arguments for word in ("--build-arg", argument)]
        images.engine.docker("build", "--network", "host", *words, "--tag", name, folder)


def _recipe(images: Images, label: str) -> str:
    text = RECIPE.read_text(encoding="utf-8")
    stage = text.partition(" AS weights\n")[2].partition("\nFROM ")[0]
    fetching = stage.partition("\n# What the downloader needs")[2].partition("\n")[2]
    taking = next(line for line in text.splitlines() if line.startswith("COPY --from=weights "))
    assert "training_api.preload" in fetching, stage
    lines = [
        f"FROM {images.reference('training-torch')} AS weights",
        f"LABEL {label}",
        "USER 0",
        "RUN rm -r training_api .venv-torch/lib/python3.*/site-packages/segsmith*",
        "ARG WEIGHTS",
        fetching,
        f"FROM {images.reference('docker_sdk_api')}",
        taking,
    ]
    return "\n".join(lines) + "\n"


def trained_in_containers(images: Images, image: str, place: Path, *words: str) -> str:
    """What `segsmith train dummy_dataset WORDS --json` prints in a container of `image`.

    That container orchestrates, without any network; the training is one of its own. The home is
    `place`/data, of an account that no machine knows where root runs the tests.
    """
    data, datasets, token = place / "data", place / "datasets", place / "token"
    data.mkdir(parents=True)
    shutil.copytree(ROOT / "datasets" / "dummy_dataset", datasets / "dummy_dataset")
    for path in (datasets, *datasets.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    token.write_text(f"{secrets.token_hex(24)}\n")
    token.chmod(0o600)
    owner = OWNER if os.geteuid() == 0 else os.geteuid()
    if os.geteuid() == 0:
        for path in (data, token):
            os.chown(path, owner, owner)
    serve = ("segsmith", "serve", "--part", "orchestration", "--token-file", str(token))
    options = [*_options(images, data, datasets, owner), "--volume", f"{token}:{token}:ro"]
    container = images.engine.docker("run", "--detach", *options, image, *serve)
    try:
        until(lambda: (data / "service.json").exists())
        command = ("segsmith", "train", str(datasets / "dummy_dataset"), *words, "--json")
        return images.engine.docker("exec", container, *command)
    finally:
        _remove(images, container, data / "installation")


def _remove(images: Images, service: str, installation: Path) -> None:
    """The service's container, and then those of its jobs: a training that failed may still run."""
    images.engine.docker("rm", "--force", service)
    if installation.exists():
        for job in job_containers(images.engine, installation.read_text().strip()):
            images.engine.docker("rm", "--force", job, check=False)


def _options(images: Images, data: Path, datasets: Path, owner: int) -> list[str]:
    socket = Path(images.engine.host.removeprefix("unix://") or "/var/run/docker.sock")
    mounts = [f"{socket}:/var/run/docker.sock", f"{data}:{data}", f"{datasets}:{datasets}:ro"]
    settings = {
        "SEGSMITH_HOME": str(data),
        "SEGSMITH_RUNNER": "docker",
        "SEGSMITH_DATASETS": str(datasets),
        "SEGSMITH_IMAGE_TORCH": images.reference("training-torch"),
    }
    options = ["--init", "--network", "none", "--user", f"{owner}:{owner}"]
    options += ["--group-add", str(socket.stat().st_gid)]
    options += [word for mount in mounts for word in ("--volume", mount)]
    return options + [word for pair in settings.items() for word in ("--env", "=".join(pair))]
