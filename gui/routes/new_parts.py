"""What the wizard's three pages share."""

from __future__ import annotations

from fastapi.responses import Response

from gui.pages import Pages
from gui.wizard import Wizard


def live_part(pages: Pages, step: str, wizard: Wizard) -> Response:
    """What follows from an answer; the address becomes the draft, for reload and back."""
    response = pages.show("_wizard_live.html", step=step, wizard=wizard)
    response.headers["HX-Replace-Url"] = pages.links.page("new", step, **wizard.draft.query())
    return response
