"""A page as a test looks at it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx

ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "sse-connect")

BLOCKS = frozenset(
    {"td", "th", "dt", "dd", "li", "p", "div", "h1", "h2", "button", "option", "summary", "strong"}
)


class HtmlPage(HTMLParser):
    """Tags with their attributes, and the text without markup."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in BLOCKS:
            self.text += " "
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def words(self) -> str:
        """The text with every blank, line end and narrow blank as one plain blank."""
        return " ".join(self.text.split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.tags if name == tag]

    def by_id(self, element: str) -> dict[str, str]:
        """The attributes of the element with this id; fails if there is none or several."""
        (found,) = [attributes for _, attributes in self.tags if attributes.get("id") == element]
        return found

    def has_id(self, element: str) -> bool:
        """Whether an element has this id."""
        return any(attributes.get("id") == element for _, attributes in self.tags)

    def addresses(self) -> set[str]:
        """Where links, forms, images, scripts and htmx requests lead."""
        return {
            attributes[name]
            for _, attributes in self.tags
            for name in ADDRESSES
            if name in attributes
        }

    def form_values(self, form: str = "wizard") -> list[tuple[str, str]]:
        """What the form with this id would send as it stands (inputs, ticks, selects)."""
        self.by_id(form)
        values: list[tuple[str, str]] = []
        select = ""
        for tag, attributes in self.tags:
            name = attributes.get("name", "")
            if tag == "input" and name:
                ticked = (
                    attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes
                )
                if ticked and attributes.get("form", form) == form:
                    values.append((name, attributes.get("value", "")))
            elif tag == "select":
                select = name
            elif tag == "option" and select and "selected" in attributes:
                values.append((select, attributes["value"]))
        return values
