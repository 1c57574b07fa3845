"""Jobs as the API would tell them, in every state and with awkward names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

CLASSES = [
    {"id": 0, "name": "background", "colour": [0, 0, 0]},
    {"id": 1, "name": "pad", "colour": [230, 159, 0]},
    {"id": 2, "name": "circle", "colour": [86, 180, 233]},
]
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'name'"
LONG = "floor panel, second camera, evening shift, new lamp, without protective film"

ACTIONS = {
    "queued": ["stop"],
    "starting": ["stop"],
    "running": ["stop", "download", "try"],
    "stopping": [],
    "succeeded": ["download", "try", "train_again", "delete"],
    "failed": ["resume", "train_again", "delete"],
    "cancelled": ["resume", "download", "try", "train_again", "delete"],
    "interrupted": ["resume", "train_again", "delete"],
}


def moment(minutes: float) -> str:
    """A time so many minutes ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def miou_at(epoch: int, top: float = 0.88) -> float:
    """A learning curve: rises fast, then little, with a wobble."""
    return top * (1 - 0.75 * 0.82**epoch) + (0.02 if epoch % 4 == 0 else 0.0) - 0.02


def validation(epoch: int, classes: int = 3, best: bool = False) -> dict[str, Any]:
    """A validation event."""
    miou = miou_at(epoch)
    iou = [min(0.99, miou + 0.1)] + [miou - 0.05 * index for index in range(classes - 1)]
    iou = [max(0.0, value) for value in iou]
    return {
        "event": "validation", "attempt": 1, "time": moment(30 - epoch), "epoch": epoch,
        "step": epoch * 11, "train_loss": 1.4 * 0.88**epoch + 0.08,
        "validation_loss": 1.3 * 0.89**epoch + 0.14, "lr": 0.002 * (1 - epoch / 31),
        "miou": miou, "pixel_accuracy": 0.97, "class_accuracy": 0.91,
        "frequency_weighted_iou": 0.95, "iou": iou,
        "precision": [value + 0.03 if value < 0.95 else 0.99 for value in iou],
        "recall": [None if index == 2 and epoch == 1 else value for index, value in enumerate(iou)],
        "dice": [2 * value / (1 + value) for value in iou],
        "support": [7_404_120, 51_240, 212_400] + [90_000] * (classes - 3),
        "images_per_second": 9.4, "seconds": epoch * 5.1, "best": best,
    }  # fmt: skip


def progress(epoch: int, epochs: int = 30) -> dict[str, Any]:
    """The view's progress in the middle of `epoch`."""
    fraction = (epoch - 0.5) / epochs
    return {
        "epoch": epoch, "epochs": epochs, "step": int(fraction * epochs * 11), "steps": epochs * 11,
        "bytes": None, "total_bytes": None,
        "fraction": fraction, "seconds": epoch * 5.1, "remaining_seconds": (epochs - epoch) * 5.1,
        "images_per_second": 9.41, "loss": 0.2134, "lr": 0.00143,
    }  # fmt: skip


def view(job_id: str, name: str, state: str, **changes: Any) -> dict[str, Any]:
    """A JobView; `changes` overrides its keys."""
    ran = state not in ("queued", "starting")
    ended = state in ("succeeded", "failed", "cancelled", "interrupted")
    epochs = {"running": 12, "stopping": 13, "succeeded": 30, "cancelled": 7, "interrupted": 9}
    epoch = epochs.get(state, 0)
    made = {
        "id": job_id, "name": name, "kind": "train", "state": state, "reason": None, "message": "",
        "created": moment(31), "started": moment(30) if ran else None,
        "ended": moment(4) if ended else None, "seconds": 154.2 if ran else None, "attempt": 1,
        "position": None, "waiting_for": None, "fetch": None,
        "dataset": {"id": "dv-0123456789abcdef", "name": "dummy_dataset"},
        "engine": "torch", "network": "unet", "weights": None, "backbone": "resnet18",
        "preset": "fast",
        "progress": progress(epoch) if epoch else None,
        "best": {"miou": miou_at(epoch), "epoch": epoch} if epoch > 1 else None,
        "sparkline": [miou_at(number) for number in range(1, epoch + 1)],
        "model_id": f"m-{job_id}" if state in ("succeeded", "cancelled") else None,
        "responding": True, "repeats": False, "actions": ACTIONS[state],
    }  # fmt: skip
    return made | changes


def fetch(job_id: str, weights: str, state: str, **changes: Any) -> dict[str, Any]:
    """The JobView of a download."""
    moved = {"bytes": 12_300_000, "total_bytes": 46_800_000, "fraction": 0.263, "seconds": 3.1}
    nothing = dict.fromkeys(
        ("epoch", "epochs", "step", "steps", "images_per_second", "loss", "lr"), None
    )
    made = view(job_id, f"Fetch {weights}", state, kind="fetch", best=None, sparkline=[])
    return made | {
        "weights": weights, "dataset": {"id": None, "name": None}, "engine": None,
        "network": None, "backbone": None, "preset": None, "model_id": None,
        "progress": nothing | moved | {"remaining_seconds": 8.7},
        "actions": [one for one in ACTIONS[state] if one in ("stop", "resume", "delete")],
    } | changes  # fmt: skip


def waits_for_weights(state: str = "running") -> dict[str, Any]:
    """What a queued job tells of the download that it waits for, a failed one of one in vain."""
    brought = fetch("j-fetch", "torchvision:resnet34", state)
    names = ("weights", "state", "progress")
    return {
        "job_id": "j-fetch",
        "licence": "BSD-3-Clause",
        **{name: brought[name] for name in names},
    }


def jobs() -> list[dict[str, Any]]:
    """One job in each state, as the list orders them."""
    return [
        view("j-run", "car panel, U-Net", "running"),
        fetch("j-fetch", "torchvision:resnet34", "running"),
        view("j-stopping", "panel with AdamW", "stopping"),
        view("j-starting", "just pressed Start", "starting"),
        view(
            "j-queued", "accurate overnight", "queued", position=1, preset="accurate",
            network="unet", backbone="resnet34",
            waiting_for="The CPU slot is taken by “car panel, U-Net”.",
        ),
        view(
            "j-queued2", HOSTILE, "queued", position=2, fetch=waits_for_weights(),
            waiting_for="Its weights torchvision:resnet34 (87.3 MB) are fetched first.",
        ),
        fetch("j-fetched", "torchvision:resnet18", "succeeded"),
        fetch(
            "j-offline", "torchvision:resnet101", "failed", reason="no_connection", progress=None,
            message="There is no connection to download.pytorch.org (Name or service not known).",
        ),
        view("j-done", LONG, "succeeded"),
        view("j-stopped", "stopped by hand", "cancelled"),
        view(
            "j-failed", "batch 64 at full size", "failed", reason="out_of_memory", best=None,
            message="The system ended the trainer because memory ran out (more than 14 GiB). "
            "Lower the batch size or the base size and train again.",
        ),
        view(
            "j-killed", "night run", "interrupted", reason="killed",
            message="The trainer was ended from outside (SIGKILL). Resume continues from epoch 9.",
        ),
        view(
            "j-glu", "Fast-SCNN", "succeeded", engine="gluoncv", network="fastscnn", backbone=None
        ),
    ]  # fmt: skip
