"""The labelled parts: black rubber pads, open holes and rubber plugs."""

from __future__ import annotations

import numpy as np

from sample_painter.canvas import Canvas
from sample_painter.fields import Array, bump, clouds, cover, rounded_box
from sample_painter.layout import PAD, Layout, Part


def paint_parts(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """Paint every part of the layout at its place."""
    for part in layout.parts:
        distance = part.distance(canvas.x, canvas.y)
        if part.kind == PAD:
            _paint_pad(canvas, rng, part, distance)
        elif rng.random() < 0.55:
            _paint_hole(canvas, rng, part, distance)
        else:
            _paint_plug(canvas, rng, part, distance)


def _rubber(rng: np.random.Generator, darkest: float, lightest: float) -> Array:
    """Black that has seen some light, a little brown or blue at times."""
    return rng.uniform(darkest, lightest) * rng.uniform(0.93, 1.07, 3)


def _paint_pad(canvas: Canvas, rng: np.random.Generator, part: Part, distance: Array) -> None:
    thick = rng.uniform(1.0, 2.5)
    seat = float(canvas.height[np.unravel_index(distance.argmin(), distance.shape)])
    canvas.flatten(distance - 2, seat)
    inside = cover(distance)
    canvas.fill(inside, _rubber(rng, 0.07, 0.12), rng.uniform(0.05, 0.3))
    canvas.tint(1 + inside * 0.2 * clouds(rng, canvas.shape, 160))
    canvas.tint(1 + inside * 0.15 * clouds(rng, canvas.shape, 12))
    canvas.height += thick * bump(distance, 1.8)
    canvas.cast = np.maximum(canvas.cast, inside * min(1.0, thick / 2))
    style = rng.random()
    if style < 0.4:  # a groove follows the edge
        canvas.height -= 0.8 * bump(np.abs(distance + 0.3 * part.half_v) - 1.0, 1.0)
    elif style < 0.65:  # ridges across, as on damping mats
        u, _ = part.frame(canvas.x, canvas.y)
        canvas.height += 0.25 * inside * np.sin(u * 2 * np.pi / max(4.0, 0.3 * part.half_v))


def _paint_hole(canvas: Canvas, rng: np.random.Generator, part: Part, distance: Array) -> None:
    """Darkness with something of what lies behind, inside a rolled or a plain edge."""
    rim = part.half_v * rng.uniform(0.12, 0.35)
    if rng.random() < 0.6:
        canvas.height += rng.uniform(0.6, 1.6) * bump(np.abs(distance - rim / 2) - rim, rim)
    inside = cover(distance + 0.4)
    behind = np.full((*canvas.shape, 3), 0.012) * rng.uniform(0.5, 1.6)
    if rng.random() < 0.5:
        hue = rng.uniform(0.1, 1.0, 3)
        glimpse = np.clip(clouds(rng, canvas.shape, rng.uniform(8, 25)), 0, 2)
        behind = behind + glimpse[..., None] * hue * rng.uniform(0.01, 0.07)
    canvas.fill(inside, behind, 0.0)
    canvas.height -= 2.5 * bump(distance, 2.0)
    # The sheet's thickness shows as a thin line on the side that faces the lamp.
    u, v = part.frame(canvas.x, canvas.y)
    turn = rng.uniform(0, 2 * np.pi)
    lip = cover(np.abs(distance + 0.8) - 0.7) * np.clip(u * np.cos(turn) + v * np.sin(turn), 0, 1)
    canvas.fill(lip * 0.6, np.array([0.55, 0.56, 0.57]), 0.3)


def _paint_plug(canvas: Canvas, rng: np.random.Generator, part: Part, distance: Array) -> None:
    """A rubber stopper: a flat rim around a dished or domed middle."""
    thick = rng.uniform(0.8, 2.0)
    seat = float(canvas.height[np.unravel_index(distance.argmin(), distance.shape)])
    canvas.flatten(distance - 1, seat)
    inside = cover(distance)
    canvas.fill(inside, _rubber(rng, 0.008, 0.02), rng.uniform(0.05, 0.25))
    canvas.height += thick * bump(distance, 1.5)
    canvas.cast = np.maximum(canvas.cast, inside * min(1.0, thick / 2))
    middle = distance + part.half_v * rng.uniform(0.3, 0.55)
    canvas.height += rng.choice([-1, 1]) * rng.uniform(0.6, 1.8) * bump(middle, 2.0)
    canvas.tint(1 + 0.25 * cover(np.abs(middle) - 0.6) * rng.uniform(0.3, 2.0))
    if rng.random() < 0.3:  # a moulded bar to grip it by
        u, v = part.frame(canvas.x, canvas.y)
        bar = rounded_box(u, v, part.half_u * 0.35, part.half_v * 0.09, 0.5)
        canvas.height += 1.2 * bump(bar, 1.0)
