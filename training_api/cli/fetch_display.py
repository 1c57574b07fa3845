"""How a download goes, on a terminal as a bar."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from training_api.cli.progress_bar import TrainingDisplay, fetched
from training_api.cli.screen import duration


class FetchDisplay(TrainingDisplay):
    """As for trainings, in bytes."""

    def _place(self, job: dict[str, Any], progress: dict[str, Any]) -> str:
        return f"{job['state']}  {fetched(progress)}"

    def _notes(self, job: dict[str, Any], progress: dict[str, Any]) -> list[str]:
        left = progress.get("remaining_seconds")
        return [f"{duration(left)} left"] if left is not None else []

    def event(self, event: dict[str, Any]) -> None:
        """An event of the fetcher."""
        match event["event"]:
            case "started":
                self.say(f"{event['title']} from {event['source']}. Licence: {event['licence']}.")
            case "notice":
                self.say(event["message"])

    def stopping(self) -> None:
        """The user asked to stop."""
        self.say("Stopping; what came so far is kept …")


def display_of(job: dict[str, Any], console: Console) -> TrainingDisplay:
    """What shows this job."""
    return FetchDisplay(console) if job["kind"] == "fetch" else TrainingDisplay(console)
