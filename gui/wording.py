"""Numbers and times in the words that the pages show; None reads as an en dash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from markupsafe import Markup, escape

NONE = "–"
THIN = "\N{NARROW NO-BREAK SPACE}"


def count(value: int | None) -> str:
    """1234567 → '1 234 567'."""
    return NONE if value is None else f"{value:,}".replace(",", THIN)


def decimal(value: float | None, digits: int = 3) -> str:
    """0.87342 → '0.873'."""
    return NONE if value is None else f"{value:.{digits}f}"


def millions(value: float | None) -> str:
    """14328209 → '14.3 M'."""
    return NONE if value is None else f"{value / 1e6:.1f}{THIN}M"


def epoch(value: float | None) -> str:
    """How many epochs are done: 3 → '3', 2.333333 → '2.33'."""
    return NONE if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def share(value: float | None) -> str:
    """A share 0..1 as percent: 0.0067 → '0.67 %', 0.96561 → '96.6 %'."""
    if value is None:
        return NONE
    percent = value * 100
    if 0 < percent < 0.01:
        return f"< 0.01{THIN}%"
    digits = 0 if percent in (0, 100) else 2 if percent < 10 else 1
    return f"{percent:.{digits}f}{THIN}%"


def number(value: float | int | None) -> str:
    """A hyper-parameter as one would type it: 0.00005, 0.002, 30."""
    if value is None:
        return NONE
    if isinstance(value, int):
        return str(value)
    if value == 0 or abs(value) >= 1e-6:
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return f"{value:g}"


def significant(value: float | None) -> str:
    """A number with three significant digits: 0.000954545 → '0.000955', 6.90727e-08 → '6.91e-8'."""
    if value is None:
        return NONE
    if value == 0 or abs(value) >= 1e-6:
        return number(float(f"{value:.3g}"))
    digits, power = f"{value:.2e}".split("e")
    return f"{digits}e{int(power)}"


def duration(seconds: float | None) -> str:
    """3671 → '1 h 1 min'; below ten seconds one decimal."""
    if seconds is None:
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f}{THIN}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{THIN}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{THIN}min {rest}{THIN}s" if rest else f"{minutes}{THIN}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}{THIN}h {minutes}{THIN}min" if minutes else f"{hours}{THIN}h"
    days, hours = divmod(hours, 24)
    return f"{days}{THIN}d {hours}{THIN}h"


def size(value: float | None) -> str:
    """Bytes in decimal units, as limits of jobs have them too: 12_300_000 → '12.3 MB'."""
    if value is None:
        return NONE
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f}{THIN}{unit}" if unit == "B" else f"{value:.3g}{THIN}{unit}"
        value /= 1000
    return f"{value:.3g}{THIN}TB"


def moment(iso: str | None) -> str:
    """'2026-01-31T12:00:05.123Z' → '31 Jan 2026, 12:00 UTC'."""
    if not iso:
        return NONE
    time = _parsed(iso)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def ago(iso: str | None, now: datetime | None = None) -> str:
    """How long since: 'just now', '5 min ago', '3 h ago', '12 d ago'."""
    if not iso:
        return NONE
    seconds = ((now or datetime.now(UTC)) - _parsed(iso)).total_seconds()
    for limit, unit, name in ((3600, 60, "min"), (172800, 3600, "h"), (float("inf"), 86400, "d")):
        if seconds < limit:
            amount = int(seconds // unit)
            return f"{amount}{THIN}{name} ago" if amount > 0 else "just now"
    return NONE


def rgb(colour: list[int] | tuple[int, int, int]) -> str:
    """(230, 159, 0) → '#e69f00', for SVG attributes."""
    return "#" + "".join(f"{max(0, min(255, int(part))):02x}" for part in colour)


def plural(amount: int | None, one: str, many: str = "") -> str:
    """'1 image', '51 images'."""
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"


def sentence(text: str) -> Markup:
    """A message of the API, safe in HTML, with what it quotes by `backticks` shown as code."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:  # a lone one is a character as any other
        return Markup("`".join(parts))
    marked = (f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts))
    return Markup("".join(marked))


def _parsed(iso: str) -> datetime:
    time = datetime.fromisoformat(iso)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


FILTERS: dict[str, Callable[..., str]] = {
    "count": count,
    "decimal": decimal,
    "millions": millions,
    "epoch": epoch,
    "share": share,
    "number": number,
    "significant": significant,
    "duration": duration,
    "size": size,
    "moment": moment,
    "ago": ago,
    "rgb": rgb,
    "plural": plural,
    "sentence": sentence,
}
"""By the name under which templates use them."""
