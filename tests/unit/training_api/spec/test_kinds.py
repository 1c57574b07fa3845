"""The kinds of job: their documents, and what proves that their work is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Corrupt, InvalidSpec
from training_api.spec.files import write_json
from training_api.spec.job import JobSpec
from training_api.spec.kinds import KINDS, fetch, kind_named, spec_from, train
from training_api.spec.launch import Launch

FETCH = {"name": "Fetch", "kind": "fetch", "weights": "torchvision:resnet18"}
TRAIN = {"name": "Train", "dataset": "dv-1", "network": {"name": "unet"}}


@pytest.mark.parametrize("document", [FETCH, TRAIN])
def test_a_directory_knows_its_kind(tmp_path: Path, document: dict[str, Any]) -> None:
    directory = JobDirectory(tmp_path)
    spec = spec_from(document)
    write_json(directory.spec_path, spec.document())
    assert directory.any_spec() == spec
    assert directory.kind().name == spec.kind == document.get("kind", "train")


def test_a_document_without_a_kind_is_a_training() -> None:
    assert isinstance(spec_from(TRAIN), JobSpec)


@pytest.mark.parametrize("kind", ["cook", "", None, ["train"], {}])
def test_an_unknown_kind_names_the_known_ones(kind: object) -> None:
    with pytest.raises(InvalidSpec, match="'train', 'profile', 'fetch'") as caught:
        spec_from(FETCH | {"kind": kind})
    assert caught.value.field == "kind"


def test_a_fetch_spec_is_closed() -> None:
    with pytest.raises(ValidationError):
        spec_from(FETCH | {"dataset": "dv-1"})


@pytest.mark.parametrize(
    ("document", "field"),
    [(TRAIN | {"colour": 1}, "colour"), (FETCH | {"weights": 3}, "weights")],
)
def test_a_spec_of_another_release_is_refused_with_its_file_s_name(
    tmp_path: Path, document: dict[str, Any], field: str
) -> None:
    directory = JobDirectory(tmp_path)
    write_json(directory.spec_path, document)
    with pytest.raises(InvalidSpec, match=f"^{directory.spec_path}: {field}: ") as caught:
        directory.any_spec()
    assert caught.value.field == field


def test_a_spec_that_is_no_object_is_refused_with_its_file_s_name(tmp_path: Path) -> None:
    directory = JobDirectory(tmp_path)
    write_json(directory.spec_path, ["train"])
    for read in (directory.kind, directory.any_spec):
        with pytest.raises(Corrupt, match=f"^{directory.spec_path} is not a JSON object"):
            read()


def test_kinds_have_names_and_workers_of_their_own() -> None:
    for kind in KINDS:
        assert kind_named(kind.name) is kind
    assert len({kind.module for kind in KINDS}) == len(KINDS)


def test_only_what_is_there_is_proof(tmp_path: Path) -> None:
    launch = Launch(
        job_id="job-1",
        attempt=1,
        dataset_manifest="",
        dataset_root="",
        models_dir=str(tmp_path / "models"),
        model_id="model-1",
        weights_dir=str(tmp_path / "weights"),
        created="2026-01-01T00:00:00.000Z",
    )
    trained, fetched = {"model_id": "model-1"}, {"record": "host/net/record.json"}
    assert not train.KIND.is_proven(launch, trained)
    assert not fetch.KIND.is_proven(launch, fetched)
    for path in (
        tmp_path / "models" / "model-1" / "manifest.json",
        tmp_path / "weights" / "host" / "net" / "record.json",
    ):
        path.parent.mkdir(parents=True)
        path.touch()
    assert train.KIND.is_proven(launch, trained) and not train.KIND.is_proven(launch, {})
    assert fetch.KIND.is_proven(launch, fetched) and not fetch.KIND.is_proven(launch, {})
