"""What lies around and belongs to no class, much of it easily mistaken for a part."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from sample_painter.canvas import Canvas
from sample_painter.fields import bump, clouds, cover, rounded_box, segment, turned
from sample_painter.layout import HEIGHT, WIDTH, Layout


def paint_clutter(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """A few things of random kinds, where no part is; then a cable over the free ground."""
    kinds = (_screw, _screw, _sticker, _dark_label, _slot, _dimple, _marker_ring, _tape, _oil)
    for _ in range(int(rng.integers(1, 8))):
        _place(canvas, rng, layout, kinds[int(rng.integers(len(kinds)))])
    if rng.random() < 0.25:
        _cable(canvas, rng, layout)


def _place(canvas: Canvas, rng: np.random.Generator, layout: Layout, paint: Callable) -> None:
    size = layout.scale * rng.uniform(5, 16)
    for _ in range(20):
        cx, cy = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
        if layout.free(cx, cy, 2.2 * size, gap=1.0):
            angle = layout.angle + rng.normal(0, 0.2)
            paint(canvas, rng, *turned(canvas.x, canvas.y, cx, cy, angle), size)
            return


def _screw(canvas, rng, u, v, size) -> None:
    """A metal head, round or hexagonal, with a slot, a cross or a socket."""
    size = 0.6 * size
    r, turn = np.hypot(u, v), rng.uniform(0, np.pi)
    if rng.random() < 0.5:
        sector = np.mod(np.arctan2(v, u) + turn, np.pi / 3) - np.pi / 6
        head = r * np.cos(sector) - 0.85 * size
        washer = cover(r - 1.25 * size)
        canvas.fill(washer, np.array([0.55, 0.55, 0.54]), 0.8)
        canvas.height += 0.8 * bump(r - 1.25 * size, 1.0)
    else:
        head = r - size
    tone = rng.uniform(0.25, 0.6)
    canvas.fill(cover(head), tone * np.array([0.97, 1.0, 1.02]), 1.0)
    canvas.height += rng.uniform(1.0, 2.0) * bump(head, 0.5 * size)
    canvas.cast = np.maximum(canvas.cast, 0.8 * cover(head))
    a, b = turned(u, v, 0, 0, turn)
    slot = rounded_box(a, b, 0.6 * size, 0.13 * size, 0.1)
    if rng.random() < 0.6:
        slot = np.minimum(slot, rounded_box(b, a, 0.6 * size, 0.13 * size, 0.1))
    canvas.tint(1 - 0.75 * cover(slot))
    canvas.height -= 0.6 * bump(slot, 0.8)


def _sticker(canvas, rng, u, v, size) -> None:
    """A light label with print or a bar code: has a pad's shape and none of its colour."""
    half_u, half_v = 1.5 * size, 1.5 * size * rng.uniform(0.45, 0.9)
    face = cover(rounded_box(u, v, half_u, half_v, 1.0))
    paper = np.array([(0.85, 0.86, 0.86), (0.25, 0.75, 0.85), (0.8, 0.65, 0.5)][rng.integers(3)])
    canvas.fill(face, paper * rng.uniform(0.8, 1.05), 0.4)
    _print(canvas, rng, u, v, half_u, half_v, np.array([0.08, 0.08, 0.1]))


def _dark_label(canvas, rng, u, v, size) -> None:
    """A black foil with white print: a pad's colour, but flat and written upon."""
    half_u, half_v = 1.4 * size, 1.4 * size * rng.uniform(0.45, 0.8)
    face = cover(rounded_box(u, v, half_u, half_v, 0.8))
    canvas.fill(face, np.full(3, rng.uniform(0.04, 0.1)), 0.7)
    _print(canvas, rng, u, v, half_u, half_v, np.array([0.8, 0.82, 0.82]))


def _print(canvas, rng, u, v, half_u, half_v, ink) -> None:
    inside = cover(rounded_box(u, v, 0.85 * half_u, 0.8 * half_v, 0.5))
    if rng.random() < 0.5:  # bars of a code
        stripes = np.mod(np.floor((u + half_u) / rng.uniform(0.7, 1.3)) * 0.618, 1.0) < 0.5
    else:  # lines of words
        lines = np.mod(v / (0.42 * half_v), 1.0) < 0.5
        words = np.mod(np.floor((u + 31.7 * np.floor(v / (0.42 * half_v))) / 2.1) * 0.618, 1) < 0.7
        stripes = lines & words
    canvas.fill(inside * stripes, ink, 0.3)


def _slot(canvas, rng, u, v, size) -> None:
    """A long hole: as dark as a round one, but its sides are straight."""
    half_v = size * rng.uniform(0.3, 0.45)
    half_u = half_v * rng.uniform(2.4, 4.5)
    distance = rounded_box(u, v, half_u, half_v, half_v)
    canvas.height += 0.8 * bump(np.abs(distance - 1) - 1.5, 1.5)
    canvas.fill(cover(distance), np.full(3, rng.uniform(0.02, 0.06)), 0.0)
    canvas.height -= 2.0 * bump(distance, 1.5)


def _dimple(canvas, rng, u, v, size) -> None:
    """A round mark pressed into the sheet: a circle without an opening."""
    depth = rng.choice([-1, 1]) * rng.uniform(0.8, 2.0)
    canvas.height += depth * bump(np.hypot(u, v) - size, 0.5 * size)


def _marker_ring(canvas, rng, u, v, size) -> None:
    """What an inspector drew: a ring or a cross of chalk or felt pen."""
    ink = np.array([(0.85, 0.85, 0.82), (0.1, 0.1, 0.75), (0.6, 0.2, 0.08)][rng.integers(3)])
    wobble = 0.6 * clouds(rng, canvas.shape, 30)
    line = np.abs(np.hypot(u, v) - size) + wobble
    if rng.random() < 0.4:
        line = np.minimum(
            segment(u, v, -size, -size, size, size), segment(u, v, -size, size, size, -size)
        )
    canvas.fill(0.75 * cover(line - 0.9, 0.8), ink, 0.2)


def _tape(canvas, rng, u, v, size) -> None:
    """A strip of masking or insulating tape, far longer than any pad."""
    half_v = 0.45 * size
    tone = [np.array([0.45, 0.68, 0.76]), np.full(3, 0.07), np.array([0.6, 0.4, 0.15])]
    face = cover(rounded_box(u, v, half_v * rng.uniform(4.5, 6.0), half_v, 0.5))
    canvas.fill(face, tone[int(rng.integers(3))], 0.4)
    canvas.tint(1 + 0.05 * face * clouds(rng, canvas.shape, 60))


def _oil(canvas, rng, u, v, size) -> None:
    """A drip of oil or sealant: nearly black, and of no shape at all."""
    edge = (
        np.hypot(u, v * rng.uniform(0.8, 1.6)) - size + 0.45 * size * clouds(rng, canvas.shape, 24)
    )
    drip = rounded_box(u - size, v, size * rng.uniform(0.5, 1.2), 0.2 * size, 0.2 * size)
    mask = cover(np.minimum(edge, drip), rng.uniform(0.7, 2.5))
    canvas.fill(rng.uniform(0.8, 1.0) * mask, np.full(3, rng.uniform(0.01, 0.06)), 0.9)


def _cable(canvas: Canvas, rng: np.random.Generator, layout: Layout) -> None:
    """A thin black cable from edge to edge that passes no part."""
    for _ in range(30):
        y0, y1, sag = [*rng.uniform(0, HEIGHT, 2).tolist(), rng.uniform(-60, 60)]
        xs = np.linspace(-5, WIDTH + 5, 14)
        ys = y0 + (y1 - y0) * xs / WIDTH + sag * np.sin(np.pi * xs / WIDTH)
        points = list(zip(xs.tolist(), ys.tolist(), strict=True))
        if all(layout.free(px, py, 12) for px, py in points):
            break
    else:
        return
    ends = itertools.pairwise(points)
    line = np.minimum.reduce([segment(canvas.x, canvas.y, *a, *b) for a, b in ends])
    thick = layout.scale * rng.uniform(1.0, 2.0)
    canvas.fill(cover(line - thick), np.full(3, 0.05), 0.6)
    canvas.height += 1.5 * thick * bump(line - thick, thick)
    canvas.cast = np.maximum(canvas.cast, 0.9 * cover(line - thick))
