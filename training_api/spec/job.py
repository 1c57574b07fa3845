"""The job spec: everything that a training run is asked to be, in one closed document."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema, model_validator

from training_api.spec.augmentations import usual_augmentations
from training_api.spec.closed import Closed
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.misfits import misfits
from training_api.spec.preset import preset_named, recommended
from training_api.spec.weights import Weights, weights_problems


class Task(StrEnum):
    """What a pixel is assigned."""

    semantic = "semantic"  # exactly one class


def _plain_name(name: str) -> str:
    if name != name.strip():
        raise ValueError("starts or ends with a blank; remove it")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise ValueError("holds a control character; use letters, digits, blanks and marks")
    return name


JobName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain_name)]


class Choice(Closed):
    """A named implementation (network, loss) and its own options, checked by that file."""

    name: str = Field(min_length=1, max_length=64)
    options: dict[str, Any] = Field(default_factory=dict)


class Split(Closed):
    """How a dataset is divided; the seed is the run's."""

    training_percent: int = Field(
        80,
        title="Training share",
        description="Percentage of images to learn from; the others measure quality.",
        ge=1,
        le=99,
        json_schema_extra={"unit": "%"},
    )
    use_dataset_split: bool = Field(
        True,
        title="The dataset's own split",
        description="Keep the split that the dataset brings, if it brings one; the training share "
        "is for datasets without.",
    )


Gpus = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})] | list[str]
"""How many, or their UUIDs; what this machine has not is the checker's to say."""


class Resources(Closed):
    """What the job occupies while it runs."""

    gpus: Gpus = Field(
        0,
        title="GPUs",
        description="How many GPUs share each batch, any that are free, or the UUIDs of certain "
        "ones; 0 trains on the CPU.",
    )
    cpus: int | None = Field(
        None, title="CPU threads", description="Empty uses every core.", ge=1, le=1024
    )
    memory: float | None = Field(
        None,
        title="Memory limit",
        description="What a job in a container may take; empty allows all that the machine has.",
        ge=0.1,
        le=100_000,
        json_schema_extra={"unit": "GB"},
    )
    shm: float | None = Field(
        None,
        title="Shared memory",
        description="What processes of a job in a container may share; empty is 2 GB, or what the "
        "machine has.",
        ge=0.06,
        le=100_000,
        json_schema_extra={"unit": "GB"},
    )
    use_mkl: bool = Field(
        True,
        title="oneDNN",
        description="Use the processor-tuned kernels; off only for comparison.",
    )

    @property
    def gpu_count(self) -> int:
        """How many GPUs are wanted; 0 for the CPU."""
        return self.gpus if isinstance(self.gpus, int) else len(self.gpus)


class JobSpec(Closed):
    """A training job. What the user leaves out is filled in from preset and engine."""

    schema_: Literal[1] = Field(1, alias="schema")
    name: JobName = Field(title="Name", description="Unique among your jobs.")
    kind: Literal["train"] = "train"
    dataset: str = Field(
        min_length=1, max_length=80, title="Dataset", description="Id of a dataset version."
    )
    split: Split = Field(default_factory=Split)
    task: Task = Task.semantic
    preset: str | None = Field(None, title="Preset")
    engine: EngineName = Field(EngineName.torch, title="Engine")
    network: Choice = Field(title="Network")
    loss: Choice = Field(default_factory=lambda: Choice(name="cross_entropy_dice"), title="Loss")
    augmentations: dict[str, dict[str, Any]] = Field(
        default_factory=usual_augmentations,
        title="Augmentations",
        description="Random changes of training images: options by name, checked by its file.",
    )
    weights: Weights = Field(default_factory=Weights)
    resources: Resources = Field(default_factory=Resources)
    hyper_parameters: HyperParameters = Field(default_factory=HyperParameters)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Complete a partial document, so that a stored spec is explicit in every value."""
        return completed(data) if isinstance(data, dict) else data

    def document(self) -> dict[str, Any]:
        """The spec as JSON values, under its outside names (`schema`)."""
        return self.model_dump(mode="json", by_alias=True)


def completed(data: dict[str, Any]) -> dict[str, Any]:
    """`data` with preset, engine, network, loss and hyper-parameters filled in where absent.

    A preset speaks only for its own engine; naming a network keeps the preset's other values.
    """
    name = data.get("preset")
    preset = preset_named(name) if isinstance(name, str) else None
    result = dict(data)
    if preset is not None:
        result.setdefault("engine", preset.engine)
        if result["engine"] == preset.engine:
            result.setdefault("network", {"name": preset.network, "options": preset.options})
            result.setdefault("loss", {"name": preset.loss})
    given = result.get("hyper_parameters", {})
    known = list(EngineName)
    if isinstance(given, dict) and result.get("engine", EngineName.torch) in known:
        engine = EngineName(result.get("engine", EngineName.torch))
        result["hyper_parameters"] = recommended(engine, preset) | given
    return result


def parse_spec(data: dict[str, Any]) -> JobSpec:
    """The checked spec. Raises InvalidSpec for the first problem; see `spec_problems` for all."""
    problems = spec_problems(data)
    if problems:
        raise problems[0]
    return JobSpec.model_validate(data)


def spec_problems(data: dict[str, Any]) -> list[InvalidSpec]:
    """Every problem of a spec document, each with its field's dotted path."""
    try:
        spec = JobSpec.model_validate(data)
    except InvalidSpec as problem:
        return [problem]
    except ValidationError as error:
        return [problem_of(item) for item in error.errors()]
    return [*_misfits(spec), *weights_problems(spec.weights)]


def _misfits(spec: JobSpec) -> Iterator[InvalidSpec]:
    return misfits(spec.engine, spec.hyper_parameters, gpus=spec.resources.gpu_count)


_SENTENCES = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be greater than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "missing": "is missing",
    "extra_forbidden": "is not a known parameter; check its spelling",
    "string_too_long": "has more than {max_length} characters; shorten it",
    "string_too_short": "must not be empty",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}


def problem_of(item: Any) -> InvalidSpec:
    """One pydantic error as a sentence that names the field and what it accepts."""
    path = ".".join(str(part) for part in item["loc"])
    bounds = allowed_range(path)
    sentence = _SENTENCES.get(item["type"], item["msg"].removeprefix("Value error, "))
    context = {
        name: f"{value:g}" if isinstance(value, float) else value
        for name, value in item.get("ctx", {}).items()
    }
    text = sentence.format(**context) if item["type"] in _SENTENCES else sentence
    shown = path.rsplit(".", 1)[-1] if path else "the spec"
    return InvalidSpec(f"{shown}: {text}{bounds}.", field=path or None)


def allowed_range(path: str) -> str:
    """' (allowed: 1 to 1024)' for a bounded hyper-parameter's path, else ''."""
    name = path.removeprefix("hyper_parameters.")
    schema = HyperParameters.model_json_schema()["properties"].get(name, {})
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None or high is None:
        return ""
    above = "above " if "exclusiveMinimum" in schema else ""
    below = "below " if "exclusiveMaximum" in schema else ""
    return f" (allowed: {above}{low:g} to {below}{high:g})"
