"""Where the labelled parts of one picture are: pure geometry, and therefore the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample_painter.fields import Array, ellipse, pixel_centres, rounded_box, turned

WIDTH, HEIGHT = 320, 240
BACKGROUND, PAD, CIRCLE = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Part:
    """A labelled part: a pad (rounded rectangle) or a circle (ellipse)."""

    kind: int  # PAD or CIRCLE
    cx: float
    cy: float
    angle: float  # radians
    half_u: float  # half of the longer side, pixels
    half_v: float
    radius: float  # of a pad's corners

    @property
    def reach(self) -> float:
        """The radius of a circle around everything."""
        return float(np.hypot(self.half_u, self.half_v)) if self.kind == PAD else self.half_u

    def frame(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Coordinates along the part's own axes."""
        return turned(x, y, self.cx, self.cy, self.angle)

    def distance(self, x: Array, y: Array) -> Array:
        """Signed distance in pixels to the part's edge."""
        u, v = self.frame(x, y)
        if self.kind == PAD:
            return rounded_box(u, v, self.half_u, self.half_v, self.radius)
        return ellipse(u, v, self.half_u, self.half_v)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One picture's geometry: its parts, the direction of the panel, and the camera's scale."""

    parts: tuple[Part, ...]
    angle: float  # of the panel's ribs, radians
    scale: float  # 1 at a middling distance of the camera

    def free(self, cx: float, cy: float, reach: float, gap: float = 4.0) -> bool:
        """Whether a disc keeps clear of every part."""
        return all(
            np.hypot(cx - p.cx, cy - p.cy) > reach + p.reach + gap * self.scale for p in self.parts
        )

    def labels(self) -> Array:
        """H×W uint8 class ids at the picture's final size."""
        x, y = pixel_centres(HEIGHT, WIDTH, 1)
        ids = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8)
        for part in self.parts:
            ids[part.distance(x, y) < 0] = part.kind
        return ids


def draw_layout(rng: np.random.Generator) -> Layout:
    """A random arrangement; about one picture in eight lacks pads, one in eight circles."""
    scale = float(np.exp(rng.uniform(np.log(0.9), np.log(1.6))))
    layout = Layout(parts=(), angle=rng.uniform(0, 2 * np.pi), scale=scale)
    pads = 0 if rng.random() < 0.12 else int(rng.integers(2, 6))
    circles = 0 if rng.random() < 0.12 else int(rng.integers(2, 6))
    for kind in [PAD] * pads + [CIRCLE] * circles:
        layout = _with_part(rng, layout, kind)
    return layout


def _with_part(rng: np.random.Generator, layout: Layout, kind: int) -> Layout:
    """The layout with one more part where there is room, else unchanged."""
    for _ in range(40):
        part = _pad(rng, layout) if kind == PAD else _circle(rng, layout)
        if layout.free(part.cx, part.cy, part.reach):
            return Layout(parts=(*layout.parts, part), angle=layout.angle, scale=layout.scale)
    return layout


def _pad(rng: np.random.Generator, layout: Layout) -> Part:
    half_v = layout.scale * rng.uniform(9, 17)
    half_u = half_v * rng.uniform(1.0, 2.0)
    quarter = int(rng.integers(0, 2)) * np.pi / 2
    return Part(
        kind=PAD,
        cx=rng.uniform(-0.01, 1.01) * WIDTH,
        cy=rng.uniform(-0.01, 1.01) * HEIGHT,
        angle=layout.angle + quarter + rng.normal(0, 0.05),
        half_u=half_u,
        half_v=half_v,
        radius=half_v * rng.uniform(0.12, 0.4),
    )


def _circle(rng: np.random.Generator, layout: Layout) -> Part:
    large = rng.random() < 0.2
    half_u = layout.scale * (rng.uniform(22, 36) if large else rng.uniform(8, 16))
    return Part(
        kind=CIRCLE,
        cx=rng.uniform(-0.01, 1.01) * WIDTH,
        cy=rng.uniform(-0.01, 1.01) * HEIGHT,
        angle=rng.uniform(0, np.pi),
        half_u=half_u,
        half_v=half_u * (rng.uniform(0.75, 0.95) if rng.random() < 0.3 else 1.0),
        radius=0.0,
    )
