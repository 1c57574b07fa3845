"""The exception root and the reasons for which a job can end without success."""

from __future__ import annotations

from enum import StrEnum


class SegsmithError(Exception):
    """Something was refused or failed; the message names the culprit and the remedy.

    `field` is the dotted path of the offending input (`hyper_parameters.epochs`), if any, so that
    an API answer or a form can put the message beside it. `code` is stable across releases.
    """

    code = "error"
    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidSpec(SegsmithError):
    """A job spec holds a value that cannot be trained with."""

    code = "invalid_spec"


class InvalidDataset(SegsmithError):
    """A dataset folder or file cannot be used."""

    code = "invalid_dataset"


class NotFound(SegsmithError):
    """The id or name is not known."""

    code = "not_found"
    status = 404


class Conflict(SegsmithError):
    """The request does not fit the present state (a taken name, an ended job)."""

    code = "conflict"
    status = 409


class Corrupt(SegsmithError):
    """A file we wrote no longer matches its recorded hash or cannot be parsed."""

    code = "corrupt"
    status = 409


class NoEngine(SegsmithError):
    """The engine's environment is missing on this machine."""

    code = "no_engine"
    status = 409


class OutOfSpace(SegsmithError):
    """The disk is too full to go on."""

    code = "disk_full"
    status = 507


class ReasonCode(StrEnum):
    """Why an attempt ended without success."""

    out_of_memory = "out_of_memory"  # the kernel or the framework refused memory
    bad_data = "bad_data"  # a file of the dataset is missing, changed or unreadable
    invalid_spec = "invalid_spec"  # network, sizes or options do not fit together
    disk_full = "disk_full"  # a write failed for lack of space
    killed = "killed"  # ended by a signal from outside
    crashed = "crashed"  # the trainer died of its own fault (segmentation fault, abort)
    lost = "lost"  # machine or service went down and left no result
    not_started = "not_started"  # the runner could not start it
    no_image = "no_image"  # the container image is absent
    no_gpu = "no_gpu"  # a requested GPU is not there
    no_weights = "no_weights"  # the weights to start from are not on this machine
    no_engine = "no_engine"  # the engine's environment is absent
    no_connection = "no_connection"  # a host cannot be reached
    wrong_digest = "wrong_digest"  # what came is not what was published
    diverged = "diverged"  # the loss stopped being finite
    error = "error"  # anything else; the message holds the exception


INFRASTRUCTURE = frozenset({ReasonCode.killed, ReasonCode.lost, ReasonCode.disk_full})
"""Causes outside the job itself: the attempt is repeated by itself (DESIGN section 4)."""
