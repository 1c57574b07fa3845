"""How a job's state looks: never by colour alone, but with an icon and a word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StateLook:
    """`word` is shown, `icon` names a symbol, `tone` a colour; `ended` means nothing runs."""

    word: str
    icon: str
    tone: str
    ended: bool = False


STATES = {
    "queued": StateLook("Queued", "clock", "neutral"),
    "starting": StateLook("Starting", "dots", "active"),
    "running": StateLook("Running", "play", "active"),
    "stopping": StateLook("Stopping", "stop", "warning"),
    "succeeded": StateLook("Done", "check", "good", ended=True),
    "failed": StateLook("Failed", "cross", "bad", ended=True),
    "cancelled": StateLook("Stopped", "stop", "neutral", ended=True),
    "interrupted": StateLook("Interrupted", "warning", "warning", ended=True),
}

FINAL = ("succeeded", "failed", "cancelled")
"""Nothing comes after these by itself; an interrupted job may be repeated."""

REASONS = {
    "out_of_memory": "Out of memory",
    "bad_data": "A file of the dataset cannot be used",
    "invalid_spec": "The settings do not fit together",
    "disk_full": "The disk is full",
    "killed": "Ended from outside",
    "crashed": "The trainer crashed",
    "lost": "The machine or the service went down",
    "not_started": "The trainer could not be started",
    "no_image": "The container image is missing",
    "no_gpu": "A requested GPU is missing",
    "no_weights": "The weights to start from are not on this machine",
    "no_engine": "The engine is not installed",
    "no_connection": "There is no connection",
    "wrong_digest": "The file is not the published one",
    "diverged": "Training diverged",
    "error": "The trainer failed",
}
"""Headlines of the reason codes; an unknown code reads as 'error'."""
