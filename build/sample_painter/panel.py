"""The sheet itself: metal or paint, ribs pressed into it, overspray, scratches, dirt."""

from __future__ import annotations

import numpy as np

from sample_painter.canvas import Canvas
from sample_painter.fields import (
    Array,
    bump,
    clouds,
    cover,
    rounded_box,
    segment,
    streaks,
    turned,
)
from sample_painter.layout import HEIGHT, WIDTH, Layout

# Reflectances, BGR: primers and top coats as seen in body shops.
PAINTS = (
    (0.42, 0.47, 0.46),  # grey-green primer
    (0.50, 0.58, 0.64),  # beige
    (0.60, 0.60, 0.58),  # light grey
    (0.24, 0.24, 0.25),  # dark grey
    (0.40, 0.32, 0.24),  # blue
    (0.26, 0.28, 0.42),  # oxide red
)


def paint_panel(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """Cover the canvas with a plausible sheet."""
    paint = np.array(PAINTS[int(rng.integers(len(PAINTS)))]) * rng.uniform(0.85, 1.15)
    if rng.random() < 0.4:
        _brushed_metal(canvas, rng, layout)
    else:
        canvas.fill(np.ones(canvas.shape), paint, rng.uniform(0.2, 0.6))
        canvas.tint(1 + 0.03 * clouds(rng, canvas.shape, 90))
    if rng.random() < 0.45:
        _overspray(canvas, rng)
    _press_ribs(canvas, rng, layout)
    if rng.random() < 0.4:
        _seam(canvas, rng, layout)
    _wear(canvas, rng)


def _brushed_metal(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    base = np.array([0.52, 0.53, 0.53]) * rng.uniform(0.75, 1.2)
    canvas.fill(np.ones(canvas.shape), base, rng.uniform(0.5, 1.0))
    direction = layout.angle + rng.normal(0, 0.05)
    canvas.tint(1 + 0.05 * streaks(rng, canvas.shape, direction, 120))
    canvas.tint(1 + 0.04 * streaks(rng, canvas.shape, direction, 35))


def _overspray(canvas: Canvas, rng: np.random.Generator) -> None:
    """A second colour fades in over one side of the sheet."""
    angle = rng.uniform(0, 2 * np.pi)
    u, _ = turned(canvas.x, canvas.y, WIDTH * rng.uniform(0.2, 0.8), HEIGHT / 2, angle)
    mist = cover(u + 12 * clouds(rng, canvas.shape, 6), rng.uniform(5, 60))
    paint = np.array(PAINTS[int(rng.integers(len(PAINTS)))])
    canvas.fill(mist * rng.uniform(0.5, 1.0), paint, rng.uniform(0.1, 0.5))


def _press_ribs(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """Long beads along the panel's direction, a raised field, and the sheet's own waviness."""
    u, v = turned(canvas.x, canvas.y, WIDTH / 2, HEIGHT / 2, layout.angle)
    spacing = layout.scale * rng.uniform(45, 90)
    depth = rng.choice([-1, 1]) * rng.uniform(1.5, 5.0) * layout.scale
    half_length, half_width = rng.uniform(60, 200), layout.scale * rng.uniform(5, 10)
    offset = rng.uniform(-80, 80)
    if rng.random() < 0.7:
        for k in range(-4, 5):
            rib = rounded_box(
                u - offset, v - (k + 0.5) * spacing, half_length, half_width, half_width
            )
            canvas.height += depth * bump(rib, half_width * 0.8)
    if rng.random() < 0.5:
        half = layout.scale * rng.uniform(60, 140)
        field = rounded_box(u + rng.uniform(-90, 90), v + rng.uniform(-60, 60), half, half, 25.0)
        canvas.height += layout.scale * rng.uniform(2, 5) * bump(field, 10.0)
    canvas.height += 1.2 * clouds(rng, canvas.shape, 3)


def _seam(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """A second sheet overlaps this one along a line, with spot welds and often another colour."""
    turn = layout.angle + int(rng.integers(4)) * np.pi / 2
    u, v = turned(canvas.x, canvas.y, rng.uniform(60, 260), rng.uniform(40, 200), turn)
    if rng.random() < 0.6:
        canvas.tint(1 + rng.uniform(-0.3, 0.25) * cover(u))
    canvas.height += 2.0 * bump(u, 2.5)
    canvas.cast = np.maximum(canvas.cast, 0.7 * cover(u))
    pitch = layout.scale * rng.uniform(25, 45)
    weld = np.hypot(u + 9 * layout.scale, np.mod(v, pitch) - pitch / 2) - 3.2 * layout.scale
    canvas.height -= 0.9 * bump(weld, 2.0)
    canvas.tint(1 - 0.15 * cover(weld, 1.5))


def _wear(canvas: Canvas, rng: np.random.Generator) -> None:
    """Scratches, stains and dust."""
    for _ in range(int(rng.integers(0, 9))):
        canvas.tint(1 + rng.uniform(-0.35, 0.5) * _scratch(canvas, rng))
    stain = np.clip(clouds(rng, canvas.shape, rng.uniform(3, 10)) - 1.0, 0, 1)
    canvas.tint(1 - rng.uniform(0.05, 0.45) * stain)
    grains = rng.random(canvas.shape) > 1 - 10 ** rng.uniform(-4.2, -2.8)
    canvas.tint(1 + rng.uniform(-0.6, 0.5) * grains)


def _scratch(canvas: Canvas, rng: np.random.Generator) -> Array:
    x0, y0 = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(15, 150)
    line = segment(
        canvas.x, canvas.y, x0, y0, x0 + length * np.cos(angle), y0 + length * np.sin(angle)
    )
    return cover(line - rng.uniform(0.1, 0.6), 0.4)
