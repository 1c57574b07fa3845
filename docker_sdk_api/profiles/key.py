"""Which measurement tells of which training: the same machine, network, data and sizes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from docker_sdk_api.system.gpus import GpuList
from docker_sdk_api.system.machine import processor
from training_api.spec.job import JobSpec

NO_MATTER = frozenset(
    {
        *("learning_rate", "epochs", "schedule", "warm_up", "drop_factor", "drop_epochs"),
        *("momentum", "weight_decay", "seed", "max_steps", "max_minutes", "best_by"),
        *("validate_every_epochs", "validate_every_steps"),
        *("early_stopping_patience", "early_stopping_delta"),
    }
)
"""Hyper-parameters that change neither the time of a step nor its memory."""
STEPS = 2
"""One more with each release whose steps take another time or memory than the last one's."""


def machine_of(gpus: GpuList, cpu_slots: int) -> dict[str, Any]:
    """What makes this machine as fast as it is."""
    names = sorted(gpu.name for gpu in gpus.read())
    return {**processor(), "cpu_slots": cpu_slots, "gpus": names}


def key_of(spec: JobSpec, machine: dict[str, Any]) -> str:
    """64 hexadecimal digits: the same for whatever takes the same."""
    document = spec.document()
    for name in ("schema", "name", "kind", "preset"):
        del document[name]
    values = document["hyper_parameters"]
    document["hyper_parameters"] = {k: v for k, v in values.items() if k not in NO_MATTER}
    text = json.dumps([STEPS, machine, document], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
