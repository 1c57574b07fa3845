"""What a job is made of: its files read, its network, loss and engine put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training_api.augmentations import augmentations_for
from training_api.augmentations.base import Augmentation
from training_api.engines import engine_class
from training_api.engines.base import Engine, Setup
from training_api.losses import loss_for
from training_api.losses.base import Loss
from training_api.networks import network_for
from training_api.networks.base import Network
from training_api.rank import command
from training_api.reasons import reason_of
from training_api.spec.dataset import DatasetVersion, Sample, class_frequencies, pixel_shares
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.job import JobSpec
from training_api.spec.launch import Launch
from training_api.spec.model import Preprocessing
from training_api.transforms.resize import Size

EngineFactory = Callable[[Network, Loss, Setup], Engine]


@dataclass(frozen=True)
class Job:
    """A job's documents and the objects that its spec names."""

    directory: JobDirectory
    attempt: AttemptDirectory
    spec: JobSpec
    launch: Launch
    version: DatasetVersion
    network: Network
    loss: Loss
    augmentations: tuple[Augmentation, ...]

    @classmethod
    def load(cls, directory: JobDirectory, number: int) -> Job:
        """Read and check. Raises NotFound, Corrupt or InvalidSpec."""
        attempt = directory.attempt(number)
        spec, launch = directory.spec(), attempt.launch()
        return cls(
            directory,
            attempt,
            spec,
            launch,
            DatasetVersion.load(Path(launch.dataset_manifest)),
            network_for(spec.engine, spec.network.name, spec.network.options),
            loss_for(spec.loss.name, spec.loss.options),
            augmentations_for(spec.augmentations) if spec.hyper_parameters.augment else (),
        )

    @property
    def hyper_parameters(self) -> HyperParameters:
        """The spec's."""
        return self.spec.hyper_parameters

    @property
    def preprocessing(self) -> Preprocessing:
        """How this job's network takes images."""
        return preprocessing_for(self.spec, self.network)

    def engine(
        self,
        size: Size,
        samples: list[Sample],
        factory: EngineFactory | None = None,
        cpus: int | None = None,
        parameters: HyperParameters | None = None,
        devices: Sequence[str] | None = None,
        failed: Callable[[ReasonCode, str], None] | None = None,
    ) -> Engine:
        """The engine for training at `size`; imports its framework unless a `factory` is given.

        `samples` are those of the training split; `cpus` and `devices` replace the number of
        threads and the devices that the launch assigned, `parameters` the spec's. `failed` is told
        why, if a step cannot return and the engine ends this process.
        """
        setup = Setup(
            class_shares=pixel_shares(samples),
            class_frequencies=class_frequencies(samples),
            size=size,
            hyper_parameters=parameters or self.hyper_parameters,
            preprocessing=self.preprocessing,
            devices=devices or self.launch.devices,
            cpus=cpus or self.launch.cpus,
            use_mkl=self.spec.resources.use_mkl,
            freeze_backbone=self.spec.weights.freeze_backbone,
            rank_command=command(self.spec.network, self.spec.loss),
            fatal=(lambda error: failed(*reason_of(error))) if failed else None,
        )
        make = factory or engine_class(self.spec.engine)
        return make(self.network, self.loss, setup)


def preprocessing_for(spec: JobSpec, network: Network) -> Preprocessing:
    """How the network of a spec takes images."""
    return Preprocessing(base_size=spec.hyper_parameters.base_size, multiple=network.multiple)
