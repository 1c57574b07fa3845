"""The switch between light and dark, for browsers that run no script too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from gui.pages import THEME_COOKIE, THEMES, PagesOf

router = APIRouter()


def local_address(address: str) -> str:
    """`address` if it stays on this server, else ''."""
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if inside and address.isprintable() else ""


@router.post("/theme")
async def theme(
    pages: PagesOf, theme: Annotated[str, Form()] = "auto", back: Annotated[str, Form()] = ""
) -> Response:
    """Remember the choice for a year."""
    response = pages.go_to(local_address(back) or pages.links.page())
    chosen = theme if theme in THEMES else "auto"
    path = pages.links.page()
    response.set_cookie(THEME_COOKIE, chosen, max_age=31_536_000, path=path, samesite="lax")
    return response
