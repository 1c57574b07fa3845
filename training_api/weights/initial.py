"""From the weights that a spec chooses to the file that a run starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training_api.spec.errors import InvalidSpec, NotFound
from training_api.spec.files import sha256_of
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import command_word
from training_api.spec.model import ModelManifest
from training_api.spec.weights import InitialWeights, Weights, WeightsMissing, WeightsMode
from training_api.weights.cache import WeightsCache
from training_api.weights.classifier import FOLDER, read_classifier
from training_api.weights.registry import backbones_for, networks_for, weight_file
from training_api.weights.weight_file import WeightFile

_NOT_IN_WEIGHTS = ("aux",)
"""Options that only add a head; weights with and without it fit the same network."""


@dataclass(frozen=True)
class Target:
    """The network that is to start from the weights; `options` are complete."""

    engine: EngineName
    network: str
    options: dict[str, Any]
    encoder: str = ""  # the implementation's name of its encoder; "" without a separate one

    @property
    def shown(self) -> str:
        """For sentences."""
        backbone = self.options.get("backbone")
        return f"{self.network} with {backbone}" if backbone else self.network

    @property
    def fixed(self) -> dict[str, Any]:
        """The options that decide which tensors the network has."""
        return {key: value for key, value in self.options.items() if key not in _NOT_IN_WEIGHTS}


def initial_weights(home: Path, weights: Weights, target: Target) -> InitialWeights | None:
    """The file for a run in the installation `home`; None for random weights.

    Reads records only. Raises InvalidSpec at the field when the choice does not fit the network,
    WeightsMissing when its file is not on this machine.
    """
    if weights.mode is WeightsMode.scratch:
        return None
    if weights.freeze_backbone and not target.encoder:
        raise InvalidSpec(
            f"freeze_backbone: {target.network} has no separate backbone. Train it whole.",
            field="weights.freeze_backbone",
        )
    if weights.mode is WeightsMode.model:
        return _of_model(home / "models", weights.model or "", target)
    if weights.mode is WeightsMode.classifier:
        return _of_classifier(home / "weights", weights.classifier or "", target)
    return _of_file(home / "weights", weights, chosen_file(weights, target))


def chosen_file(weights: Weights, target: Target) -> WeightFile:
    """The published file of the modes "imagenet" and "named". Raises InvalidSpec at the field."""
    backbone = weights.mode is WeightsMode.imagenet
    fitting = (
        backbones_for(target.engine, target.encoder)
        if backbone and target.encoder
        else networks_for(target.engine, target.network, target.options)
        if not backbone
        else []
    )
    if weights.name is None:
        if fitting:
            return fitting[0]
        raise InvalidSpec(
            f"mode: no ImageNet weights are published for {target.shown}. Choose another backbone "
            "or other weights.",
            field="weights.mode",
        )
    file = weight_file(weights.name)
    if file not in fitting:
        others = ", ".join(one.id for one in fitting)
        remedy = f"Choose one of: {others}." if others else "Choose another network or weights."
        raise InvalidSpec(
            f"name: '{file.id}' ({file.title}, {file.engine}) does not fit {target.shown} of the "
            f"{target.engine} engine. {remedy}",
            field="weights.name",
        )
    return file


def _of_file(root: Path, weights: Weights, file: WeightFile) -> InitialWeights:
    record = WeightsCache(root).present(file)
    if record is None:
        raise WeightsMissing(
            f"The weights '{file.id}' are not on this machine. Bring them with "
            f"`{command_word()} weights fetch {file.id}`, or place their file with "
            f"`{command_word()} weights add`.",
            field="weights.name",
        )
    path = WeightsCache(root).folder(file) / record.loaded
    return InitialWeights(
        mode=weights.mode,
        id=file.id,
        path=str(path.resolve()),
        format="params" if path.suffix == ".params" else "safetensors",
        scope="encoder" if file.kind == "backbone" else "network",
        classes=list(file.classes),
        dataset=file.dataset,
        source=record.source,
        sha256=record.loaded_sha256,
        licence=file.licence,
    )


def _of_model(models: Path, model_id: str, target: Target) -> InitialWeights:
    folder = models / model_id
    try:
        manifest = ModelManifest.load(folder)
    except NotFound as error:
        raise WeightsMissing(
            f"There is no model '{model_id}'. `{command_word()} models list` shows all.",
            field="weights.model",
        ) from error
    network = manifest.network
    theirs = Target(EngineName(manifest.engine), network["name"], network["options"])
    ours = (target.engine, target.network, target.fixed)
    if (theirs.engine, theirs.network, theirs.fixed) != ours:
        raise InvalidSpec(
            f"model: '{manifest.name}' is {theirs.shown} ({theirs.engine}, {theirs.fixed}), this "
            f"job trains {target.shown} ({target.engine}, {target.fixed}). Choose the same network "
            "and options.",
            field="weights.model",
        )
    name = "weights.safetensors" if target.engine is EngineName.torch else "model_best.params"
    licences = manifest.licences
    return InitialWeights(
        mode=WeightsMode.model,
        id=model_id,
        path=str((folder / name).resolve()),
        format="safetensors" if target.engine is EngineName.torch else "params",
        scope="network",
        classes=[entry.name for entry in manifest.classes],
        dataset=str(manifest.dataset.get("name", "")),
        source=f"the model '{manifest.name}' of this installation",
        sha256=manifest.files.get(name, ""),
        licence=licences.get("weights", "your own model"),
    )


def _of_classifier(root: Path, name: str, target: Target) -> InitialWeights:
    try:
        classifier = read_classifier(root / FOLDER / name)
    except NotFound as error:
        raise WeightsMissing(error.message, field="weights.classifier") from error
    path = classifier.weights(target.engine)
    known = {target.encoder, target.options.get("backbone")} - {"", None}
    if classifier.architecture not in known or path is None:
        written = {"params": "GluonCV's", "safetensors": "PyTorch's", "both": "both"}
        raise InvalidSpec(
            f"classifier: '{name}' is a {classifier.architecture} in {written[classifier.format]} "
            f"format; the encoder of {target.shown} ({target.engine}) is "
            f"{target.encoder or 'its own'}. Choose the network, backbone and engine that it fits.",
            field="weights.classifier",
        )
    return InitialWeights(
        mode=WeightsMode.classifier,
        id=name,
        path=str(path.resolve()),
        format="params" if target.engine is EngineName.gluoncv else "safetensors",
        scope="encoder",
        source=f"the classifier '{name}' that was added by hand",
        sha256=sha256_of(path),
        licence="your own classifier",
    )
