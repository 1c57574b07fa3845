"""How a job ended, for people and as the JSON object of `--json`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from training_api.cli.screen import console, duration, score, table
from training_api.spec.directory import JobDirectory
from training_api.spec.events import Event, latest, read_events, validations
from training_api.spec.installation import command_word


def outcome(home: Path, job: dict[str, Any]) -> dict[str, Any]:
    """The result of a job (JobDetail); metrics are those of its best checkpoint.

    `iou` is by class name, None where it is not defined; `model` and `job_dir` are paths.
    """
    directory = JobDirectory((home / "jobs" / job["id"]).resolve())
    events = [event for _, event in read_events(directory.events_path)]
    best = job.get("best") or {}
    at_best = next((e for e in validations(events) if e["epoch"] == best.get("epoch")), None)
    finished = latest(events, "finished") or {}
    model = job.get("model_id")
    return {
        "state": job["state"],
        "job": job["id"],
        "name": job["name"],
        "reason": job.get("reason"),
        "message": job.get("message") or "",
        "miou": best.get("miou"),
        "iou": _iou_by_class(events, at_best),
        "epoch": best.get("epoch"),
        "seconds": job.get("seconds"),
        "images_per_second": finished.get("images_per_second") or _speed(at_best),
        "model": str((home / "models" / model).resolve()) if model else None,
        "job_dir": str(directory.path),
    }


def _iou_by_class(events: list[Event], at_best: Event | None) -> dict[str, float | None]:
    started = latest(events, "started")
    if started is None or at_best is None:
        return {}
    return dict(zip(started["classes"], at_best["iou"], strict=True))


def _speed(validation: Event | None) -> float | None:
    return validation["images_per_second"] if validation else None


def lines(result: dict[str, Any]) -> list[Any]:
    """What to print at the end: quality by class, where the model is, what to do next."""
    shown: list[Any] = []
    if result["iou"]:
        rows = [(name, score(value)) for name, value in result["iou"].items()]
        rows.append(("mean (mIoU)", score(result["miou"])))
        shown.append(table(("class", "IoU"), rows))
    took = f" after {duration(result['seconds'])}" if result["seconds"] is not None else ""
    reason = f": {result['message']}" if result["message"] else ""
    shown.append(f"{result['name']}: {result['state']}{took}{reason}")
    if result["model"]:
        shown.append(f"Model: {result['model']}")
        word = command_word()
        shown.append(f"Try it: {word} predict {_quoted(result['name'])} IMAGE --out mask.png")
    if result["state"] in ("cancelled", "failed", "interrupted"):
        shown.append(f"Go on where it stopped: {command_word()} resume {_quoted(result['name'])}")
    return shown


def printed(result: dict[str, Any], as_json: bool) -> None:
    """Show a result: its lines, and with `as_json` the object as the last line of all."""
    screen = console(aside=as_json)
    for line in lines(result):
        screen.print(line)
    if as_json:
        print(json.dumps(result, ensure_ascii=False), flush=True)


def _quoted(name: str) -> str:
    return shlex.quote(name)
