"""What the wizard's three pages share."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response

from gui.measurement import UNDER_WAY, advised_query
from gui.pages import Pages
from gui.wizard import Wizard


def live_part(pages: Pages, step: str, wizard: Wizard, **more: Any) -> Response:
    """What follows from an answer; the address becomes the draft, for reload and back."""
    response = pages.show("_wizard_live.html", step=step, wizard=wizard, **more)
    response.headers["HX-Replace-Url"] = pages.links.page("new", step, **wizard.draft.query())
    return response


def measured(wizard: Wizard, found: dict[str, Any] | None) -> dict[str, Any]:
    """What the part on time and memory needs, from the API's answer."""
    advised = advised_query(wizard, found)
    return {"measurement": found, "under_way": UNDER_WAY, "advised": advised}


def measured_part(pages: Pages, wizard: Wizard, found: dict[str, Any] | None) -> Response:
    """The part on time and memory, and the summary, which tells of both once they are known."""
    told = measured(wizard, found)
    return pages.show("_wizard_told.html", step="parameters", wizard=wizard, **told)
