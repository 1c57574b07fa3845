"""Where `segsmith predict` has its masks from: children of its own, or the inference API."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from training_api.cli.address import read_token
from training_api.cli.api import Unreachable, refusal
from training_api.cli.failure import Failure
from training_api.cli.model_source import opened_model
from training_api.spec.errors import NotFound

TIMEOUT = httpx.Timeout(300.0, connect=5.0)
"""A prediction may have to wait for others, and then takes its own time."""


@dataclass(frozen=True)
class Outcome:
    """The `mask` of one image as an index PNG; width, height, seconds and classes."""

    mask: bytes
    facts: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A model that predicts an image's bytes; `predict` raises SegsmithError. Thread-safe."""

    id: str
    name: str
    predict: Callable[[bytes], Outcome]


@contextmanager
def opened_source(home: Path, model: str, children: int) -> Iterator[Source]:
    """Of `model`; in the image of another part, which predicts nothing itself, the API's."""
    with _own(home, model, children) if find_spec("inference_api") else _of_the_api(model) as found:
        yield found


@contextmanager
def _own(home: Path, model: str, children: int) -> Iterator[Source]:
    from inference_api.predictor import Predictor

    with opened_model(home, model) as (folder, manifest):
        predictor = Predictor(children)

        def predict(image: bytes) -> Outcome:
            found = predictor.predict(folder, manifest, image)
            facts = {"width": found.width, "height": found.height, "seconds": found.seconds}
            return Outcome(found.mask, facts | {"classes": [asdict(c) for c in found.classes]})

        try:
            yield Source(manifest.id, manifest.name, predict)
        finally:
            predictor.close()


@contextmanager
def _of_the_api(model: str) -> Iterator[Source]:
    """Of a published model, by id or name, at SEGSMITH_INFERENCE_URL."""
    url = os.environ.get("SEGSMITH_INFERENCE_URL")
    if not url:
        raise Failure(
            "This part of the service predicts nothing itself. Set SEGSMITH_INFERENCE_URL to the "
            "address of the part that does."
        )
    token = read_token(Path(os.environ.get("SEGSMITH_TOKEN_FILE", "/run/segsmith/token")))
    bearer = {"Authorization": f"Bearer {token}"}

    # The parts are beside each other: no proxy of the environment may get between.
    with httpx.Client(headers=bearer, timeout=TIMEOUT, trust_env=False) as client:

        def asked(method: str, path: str, **content: Any) -> dict[str, Any]:
            try:
                answer = client.request(method, f"{url}/inference/models{path}", **content)
            except httpx.TransportError as error:
                raise Unreachable(f"The inference API at {url} does not answer.") from error
            if answer.is_error:
                raise refusal(answer)
            document: dict[str, Any] = answer.json()
            return document

        known = _named(model, asked("GET", "")["models"])

        def predict(image: bytes) -> Outcome:
            facts = asked("POST", f"/{known['id']}/predict", content=image)
            mask = base64.b64decode(facts.pop("mask"))
            del facts["model"]
            return Outcome(mask, facts)

        yield Source(known["id"], known["name"], predict)


def _named(model: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """The model with this id, or else the newest with this name. Raises NotFound."""
    for key in ("id", "name"):
        for entry in known:
            if entry[key] == model:
                return entry
    raise NotFound(
        f"There is no model '{model}'. Here models are known by id and name, no folder and no ZIP; "
        "`segsmith models` lists all.",
        field="model",
    )
