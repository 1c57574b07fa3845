"""One numbered picture of the sample dataset: its layout, its labels and its photo."""

from __future__ import annotations

import numpy as np

from sample_painter.camera import develop
from sample_painter.canvas import Canvas, Light
from sample_painter.clutter import paint_clutter
from sample_painter.fields import Array
from sample_painter.layout import HEIGHT, WIDTH, Layout, draw_layout
from sample_painter.panel import paint_panel
from sample_painter.parts import paint_parts

OVERSAMPLING = 2


def layout_of(seed: int, index: int) -> Layout:
    """The geometry of picture `index`; it has random numbers of its own, so that a change of
    the paint leaves the labels alone."""
    return draw_layout(np.random.default_rng([seed, index, 0]))


def photo_of(seed: int, index: int) -> Array:
    """H×W×3 uint8 (BGR) picture that shows layout_of(seed, index)."""
    rng = np.random.default_rng([seed, index, 1])
    layout = layout_of(seed, index)
    canvas = Canvas(HEIGHT, WIDTH, OVERSAMPLING)
    paint_panel(canvas, rng, layout)
    paint_clutter(canvas, rng, layout)
    paint_parts(canvas, rng, layout)
    return develop(canvas.lit(Light(rng, WIDTH, HEIGHT)), rng, OVERSAMPLING)
