"""Checking a training's spec beyond its own schema: network, loss, dataset, name, devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docker_sdk_api.datasets.library import DatasetLibrary
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore, NameTaken
from docker_sdk_api.specs.report import SpecReport
from docker_sdk_api.system.engines import EngineProblem
from docker_sdk_api.system.generations import check_generation
from docker_sdk_api.system.gpus import GpuList
from docker_sdk_api.weights.first import absent_weights, first_weights
from training_api.augmentations import augmentation_problems
from training_api.losses import loss_for
from training_api.networks import network_for
from training_api.networks.input_size import crop_side, nearest_sizes, training_size
from training_api.spec.best_by import deciding_class
from training_api.spec.errors import InvalidSpec, SegsmithError
from training_api.spec.job import JobSpec, spec_problems
from training_api.spec.split import planned_counts
from training_api.spec.weights import PUBLISHED, WeightsMissing


class SpecChecker:
    """Finds every problem of a training's spec at once. Blocking; decodes nothing."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        datasets: DatasetLibrary,
        gpus: GpuList,
        engine_problem: EngineProblem,
    ) -> None:
        self._home = home
        self._store = store
        self._datasets = datasets
        self._gpus = gpus
        self._engine_problem = engine_problem

    def check(self, data: dict[str, Any]) -> SpecReport:
        """All problems of a spec document, complete or not."""
        problems: list[SegsmithError] = [*spec_problems(data)]
        known = {problem.field for problem in problems}
        if "name" not in known:
            problems += self.name_problems(str(data.get("name", "")))
        if problems:
            return SpecReport(None, problems)
        spec = JobSpec.model_validate(data)
        problems = [*self._part_problems(spec)]
        warnings = [*self._warnings(spec)] if not problems else []
        return SpecReport(None if problems else spec, problems, warnings)

    def name_problems(self, name: str) -> list[SegsmithError]:
        """Why a job cannot be called so; empty for a free name."""
        wrong = [problem for problem in spec_problems({"name": name}) if problem.field == "name"]
        if wrong:
            return [*wrong]
        with self._store.read() as rows:
            other = rows.named(name)
        if other is None:
            return []
        return [NameTaken(f"The name '{name}' is taken. Choose another one.", field="name")]

    def _part_problems(self, spec: JobSpec) -> Iterator[SegsmithError]:
        checks = (self._network, self._loss, self._dataset, self._engine, self._devices)
        for check in (*checks, self._first_weights):
            try:
                check(spec)
            except SegsmithError as problem:
                yield problem
        yield from augmentation_problems(spec.augmentations)

    def _network(self, spec: JobSpec) -> None:
        network = network_for(spec.engine, spec.network.name, spec.network.options)
        if self._datasets.has_version(spec.dataset):
            samples = self._datasets.version(spec.dataset).samples
            training_size(spec.hyper_parameters, samples, network)

    def _loss(self, spec: JobSpec) -> None:
        loss = loss_for(spec.loss.name, spec.loss.options)
        if spec.engine not in loss.engines:
            offered = ", ".join(sorted(loss.engines))
            raise InvalidSpec(
                f"The loss '{spec.loss.name}' is not there for the {spec.engine} engine, only "
                f"for: {offered}.",
                field="loss.name",
            )

    def _dataset(self, spec: JobSpec) -> None:
        if self._datasets.has_version(spec.dataset):
            classes = self._datasets.version(spec.dataset).classes
            deciding_class(spec.hyper_parameters.best_by, [entry.name for entry in classes])
            return
        names = {folder.name for folder in self._datasets.folders()}
        remedy = "Check a dataset first; its version's id goes here."
        if spec.dataset in names:
            remedy = f"'{spec.dataset}' is a dataset's name: check it, and give its version's id."
        message = f"There is no dataset version '{spec.dataset}'. {remedy}"
        raise InvalidSpec(message, field="dataset")

    def _engine(self, spec: JobSpec) -> None:
        problem = self._engine_problem(spec.engine)
        if problem is not None:
            raise problem

    def _first_weights(self, spec: JobSpec) -> None:
        try:
            first_weights(self._home.path, spec)
        except WeightsMissing:
            if spec.weights.mode not in PUBLISHED:  # those are fetched before the training begins
                raise
        except InvalidSpec as problem:
            if not (problem.field or "").startswith("network."):  # told already
                raise

    def _devices(self, spec: JobSpec) -> None:
        wanted = spec.resources.gpus
        if wanted in (0, []):
            return
        gpus = self._gpus.read()
        present = [gpu.uuid for gpu in gpus]
        if isinstance(wanted, int) and not 0 < wanted <= len(present):
            raise InvalidSpec(
                f"gpus: {wanted} were asked for and this machine has {len(present)}. "
                "Choose fewer, or 0 to train on the CPU.",
                field="resources.gpus",
            )
        absent = [gpu for gpu in wanted if gpu not in present] if isinstance(wanted, list) else []
        if absent:
            raise InvalidSpec(f"gpus: there is no GPU {absent[0]} here.", field="resources.gpus")
        if isinstance(wanted, list) and len(set(wanted)) < len(wanted):
            raise InvalidSpec("gpus: a GPU is named twice. Name each once.", field="resources.gpus")
        self._enough_images(spec)
        named = [gpu for gpu in gpus if isinstance(wanted, int) or gpu.uuid in wanted]
        check_generation(spec.engine, named)

    def _enough_images(self, spec: JobSpec) -> None:
        """Each GPU takes an equal part of every batch."""
        if not self._datasets.has_version(spec.dataset):
            return
        gpus = spec.resources.gpu_count
        training, _ = planned_counts(self._datasets.version(spec.dataset), spec.split)
        if training < gpus:
            raise InvalidSpec(
                f"gpus: {training} training images cannot be split over {gpus} GPUs. Choose fewer.",
                field="resources.gpus",
            )

    def _warnings(self, spec: JobSpec) -> Iterator[InvalidSpec]:
        """What will be done differently from what the spec says, or besides."""
        if (file := absent_weights(self._home.path, spec)) is not None:
            yield InvalidSpec(
                f"name: {file.sized} is not on this machine and is fetched before the training "
                f"begins. Licence: {file.licence}.",
                field="weights.name",
            )
        network = network_for(spec.engine, spec.network.name, spec.network.options)
        crop = spec.hyper_parameters.crop_size
        if (side := crop_side(crop, network)) != crop:
            valid = " and ".join(map(str, nearest_sizes(crop, network)))
            yield InvalidSpec(
                f"crop_size: {network.title} takes multiples of {network.multiple} only, so crops "
                f"are {side} pixels a side. Valid nearby: {valid}.",
                field="hyper_parameters.crop_size",
            )
        yield from self._smaller_batches(spec)

    def _smaller_batches(self, spec: JobSpec) -> Iterator[InvalidSpec]:
        training, validation = planned_counts(self._datasets.version(spec.dataset), spec.split)
        values = spec.hyper_parameters
        even = training - training % max(1, spec.resources.gpu_count)
        measured = values.validation_batch_size
        for name, size, present, taken, purpose in (
            ("batch_size", values.batch_size, training, even, "training"),
            ("validation_batch_size", measured, validation, validation, "validation"),
        ):
            if size > present:
                yield InvalidSpec(
                    f"{name}: there are only {present} {purpose} images, so {taken} are taken "
                    f"at a time instead of {size}.",
                    field=f"hyper_parameters.{name}",
                )
