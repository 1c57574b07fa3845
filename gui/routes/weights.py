"""Published weights: which are on this machine, under which licence; bringing others."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.commands import command_word
from gui.pages import PagesOf

router = APIRouter(prefix="/weights")

KINDS = (("backbone", "Backbones"), ("network", "Whole networks"))
PLACES = (("here", "On this machine"), ("fetching", "On their way"), ("absent", "Not here"))


@router.get("")
async def weights_page(
    api: ApiOf, pages: PagesOf, search: str = "", engine: str = "", place: str = ""
) -> Response:
    """What trainings can start from; `place` is one of PLACES, `search` words that a row has."""
    weights = await api.get("weights")
    files = weights["files"]
    shown = [
        file
        for file in files
        if all(word in _words(file) for word in search.lower().split())
        and engine in ("", file["engine"])
        and place in ("", _place(file))
    ]
    present = [file["bytes"] or 0 for file in files if file["present"]]
    return pages.show(
        "weights.html",
        groups=[(title, [f for f in shown if f["kind"] == kind]) for kind, title in KINDS],
        shown=len(shown),
        present=len(present),
        present_bytes=sum(present),
        total=len(files),
        classifiers=weights["classifiers"],
        engines=sorted({file["engine"] for file in files}),
        search=search,
        engine=engine,
        place=place,
        places=PLACES,
        command=command_word(),
    )


@router.post("/{weights_id}/fetch")
async def fetch(api: ApiOf, pages: PagesOf, weights_id: str) -> Response:
    """Begin to bring a file, or join who does, and show how it goes."""
    job = (await api.post("weights", weights_id, "fetch"))["job"]
    return pages.go("jobs", job["id"]) if job else pages.go("weights", search=weights_id)


def _place(file: dict[str, Any]) -> str:
    return "here" if file["present"] else "fetching" if file["job_id"] else "absent"


def _words(file: dict[str, Any]) -> str:
    names = ("id", "title", "engine", "encoder", "network", "dataset", "licence")
    return " ".join(file[name] or "" for name in names).lower()
