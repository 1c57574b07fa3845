"""The file that a training starts from, by its spec."""

from __future__ import annotations

from pathlib import Path

from training_api.networks import network_for
from training_api.networks.base import Network
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import InvalidSpec, NotFound, SegsmithError
from training_api.spec.job import JobSpec
from training_api.spec.kinds import kind_named
from training_api.spec.weights import PUBLISHED, InitialWeights, WeightsMissing
from training_api.weights.cache import WeightsCache
from training_api.weights.initial import Target, chosen_file, initial_weights
from training_api.weights.registry import weight_file
from training_api.weights.weight_file import WeightFile

_TOLD_BY_TRAINER = (NotFound, InvalidSpec, WeightsMissing)


def target_of(network: Network) -> Target:
    """What weights must fit."""
    encoder = network.encoder
    return Target(
        engine=network.engine,
        network=network.name,
        options=network.options.model_dump(mode="json"),
        encoder=encoder.key if encoder else "",
    )


def first_weights(home: Path, spec: JobSpec) -> InitialWeights | None:
    """The file in the installation `home`, None for random weights.

    Raises InvalidSpec at the field of what does not fit, WeightsMissing for what is not here.
    """
    network = network_for(spec.engine, spec.network.name, spec.network.options)
    return initial_weights(home, spec.weights, target_of(network))


def published_file(directory: JobDirectory, kind: str) -> WeightFile | None:
    """The published file that a job's next attempt starts from, here or not.

    None for random weights, for what the user brings, and for an attempt that goes on from a
    checkpoint. A measurement starts from none: time and memory do not depend on the weights.
    """
    if not kind_named(kind).makes_model or _has_checkpoint(directory):
        return None
    try:
        return _chosen(directory.spec())
    except SegsmithError:  # of another release: the trainer says so in its own words
        return None


def absent_weights(home: Path, spec: JobSpec) -> WeightFile | None:
    """The published file that a training starts from, if it is not here. Raises InvalidSpec."""
    file = _chosen(spec)
    here = file is None or WeightsCache(home / "weights").present(file) is not None
    return None if here else file


def _chosen(spec: JobSpec) -> WeightFile | None:
    if spec.weights.mode not in PUBLISHED:
        return None
    network = network_for(spec.engine, spec.network.name, spec.network.options)
    return chosen_file(spec.weights, target_of(network))


def launched_weights(home: Path, directory: JobDirectory, kind: str) -> InitialWeights | None:
    """For launch.json; what came with the installation is taken over into the home.

    None too for what has gone since the job was accepted: a trainer that needs it says so in its
    own words, and one that resumes does not need it. Raises Corrupt when it was changed since it
    came, OutOfSpace when there is no room to take it over.
    """
    if not kind_named(kind).makes_model:
        return None
    try:
        found = first_weights(home, directory.spec())
        if found is not None and found.mode in PUBLISHED and not Path(found.path).exists():
            WeightsCache(home / "weights").take_over(weight_file(found.id))
        return found
    except _TOLD_BY_TRAINER:
        return None
    except SegsmithError:
        if _has_checkpoint(directory):
            return None
        raise


def _has_checkpoint(directory: JobDirectory) -> bool:
    return any(directory.checkpoints_path.glob("step-*"))
