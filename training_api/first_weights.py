"""A run's first weights: taken over before step 1, told tensor by tensor, kept on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training_api.composition import Job
from training_api.engines.base import Engine
from training_api.journal import Journal
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Corrupt
from training_api.spec.events import latest, read_events
from training_api.spec.files import sha256_of
from training_api.spec.installation import command_word
from training_api.spec.weights import InitialWeights, Weights, WeightsMissing, WeightsMode
from training_api.spec.weights_report import UnfitWeights, WeightsReport


def take_first_weights(engine: Engine, job: Job, journal: Journal) -> None:
    """Let a run that begins at step 0 start from what its spec names.

    Raises WeightsMissing, Corrupt or UnfitWeights: nothing starts from another state in silence.
    """
    chosen = job.spec.weights
    if chosen.mode is WeightsMode.scratch:
        return
    weights = job.launch.initial_weights
    if weights is None:
        raise WeightsMissing(_missing(chosen), field="weights")
    path = Path(weights.path)
    if not path.is_file() or sha256_of(path) != weights.sha256:
        raise Corrupt(
            f"{path} is missing or was changed since it came. Bring '{weights.id}' again and "
            "resume the job."
        )
    classes = [entry.name for entry in job.version.classes]
    facts = _facts(weights, chosen)
    try:
        report = engine.start_from(weights, classes)
    except UnfitWeights as error:
        _tell(journal, facts, error.report)
        raise
    _tell(journal, facts, report)


def origin_of(directory: JobDirectory) -> dict[str, Any]:
    """Where a job's first weights came from, for the manifest; `{"mode": "scratch"}` for none.

    What was told when they were taken over, by whichever attempt that was.
    """
    told = latest([event for _, event in read_events(directory.events_path)], "weights")
    if told is None:
        return {"mode": WeightsMode.scratch.value}
    return {key: told[key] for key in _ORIGIN}


_ORIGIN = ("mode", "id", "dataset", "source", "sha256", "licence", "freeze_backbone")


def _facts(weights: InitialWeights, chosen: Weights) -> dict[str, Any]:
    facts = weights.model_dump(mode="json") | {"freeze_backbone": chosen.freeze_backbone}
    return {key: facts[key] for key in _ORIGIN}


def _tell(journal: Journal, facts: dict[str, Any], report: WeightsReport) -> None:
    title = f"Starting from the weights '{facts['id']}' ({facts['licence']})."
    frozen = ["The backbone is frozen."] if facts["freeze_backbone"] else []
    journal.weights(facts | report.model_dump(mode="json"), [title, *report.lines(), *frozen])


def _missing(chosen: Weights) -> str:
    found = next(filter(None, (chosen.name, chosen.model, chosen.classifier)), "ImageNet weights")
    return (
        f"The weights that this job starts from ({found}) are no longer on this machine, or no "
        f"longer fit. Bring them back, see `{command_word()} weights list`, and resume the job."
    )
