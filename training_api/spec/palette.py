"""Class colours: a fixed list of 20 that also differ in lightness (after Okabe-Ito and Tol)."""

from __future__ import annotations

Colour = tuple[int, int, int]

COLOURS: tuple[Colour, ...] = (
    (0, 0, 0),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (136, 34, 85),
    (153, 221, 255),
    (51, 34, 136),
    (221, 204, 119),
    (17, 119, 51),
    (255, 170, 187),
    (170, 170, 0),
    (136, 204, 238),
    (170, 68, 153),
    (68, 170, 153),
    (153, 153, 51),
    (221, 221, 221),
)


def default_colours(count: int) -> list[Colour]:
    """`count` colours; after 20 they repeat."""
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def flat_palette(colours: list[Colour]) -> list[int]:
    """768 values for an index PNG: the classes' colours, then black; 255 (ignore) is white."""
    values = [part for colour in colours for part in colour]
    values += [0] * (768 - len(values))
    values[765:768] = [255, 255, 255]
    return values[:768]
