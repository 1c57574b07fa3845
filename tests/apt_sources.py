"""Where this machine's own Debian comes from, read from its package manager's sources."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path("/etc/apt")


@dataclass(frozen=True)
class Release:
    """One release of a distribution and the mirror that this machine takes it from."""

    codename: str
    address: str
    components: tuple[str, ...]
    keyring: str = ""


def own_release(folder: Path = SOURCES, codename: str = "") -> Release:
    """The first source of the release that runs here; third parties' sources name other suites.

    Raises LookupError.
    """
    codename = codename or platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    for release in releases(folder):
        if release.codename == codename:
            return release
    raise LookupError(
        f"{folder} names no source of {codename or 'this release'}; let this machine pull images, "
        "or write its distribution's source there."
    )


def releases(folder: Path = SOURCES) -> Iterable[Release]:
    """Every suite of every source of binary packages, the distribution's usual file first."""
    lists = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]
    for path in (path for path in lists if path.is_file()):
        for line in path.read_text().splitlines():
            yield from _of_line(line)
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in path.read_text().split("\n\n"):
            yield from _of_stanza(stanza)


def _of_line(line: str) -> Iterable[Release]:
    """`deb [options] URI SUITE COMPONENT...`"""
    words = line.partition("#")[0].split()
    keyring = ""
    if words[:1] == ["deb"] and len(words) > 1 and words[1].startswith("["):
        end = next((i for i, word in enumerate(words) if word.endswith("]")), 1)
        options = " ".join(words[1 : end + 1]).strip("[]").split()
        keyring = next((o[10:] for o in options if o.startswith("signed-by=/")), "")
        del words[1 : end + 1]
    if words[:1] == ["deb"] and len(words) > 3:
        yield Release(words[2], words[1], tuple(words[3:]), keyring)


def _of_stanza(stanza: str) -> Iterable[Release]:
    """Fields `Types`, `URIs`, `Suites`, `Components`, `Signed-By` of the deb822 form."""
    lines = [line for line in stanza.splitlines() if not line.startswith("#")]
    pairs = [line.partition(":") for line in lines if ":" in line and not line[0].isspace()]
    fields = {name.lower(): value.split() for name, _, value in pairs}
    if "deb" not in fields.get("types", ()) or fields.get("enabled") == ["no"]:
        return
    keyring = next((k for k in fields.get("signed-by", ()) if k.startswith("/")), "")
    for address in fields.get("uris", ())[:1]:
        for suite in fields.get("suites", ()):
            yield Release(suite, address, tuple(fields.get("components", ())), keyring)
