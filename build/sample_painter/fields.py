"""Distance fields and noise, the two things that every stroke of the painter is made of.

Coordinates are final pixels (x to the right, y down); distances are negative inside.
"""

from __future__ import annotations

import cv2
import numpy as np

Array = np.ndarray


def pixel_centres(height: int, width: int, oversampling: int) -> tuple[Array, Array]:
    """Coordinates (x, y) of the oversampled pixels' centres, each H·s×W·s, in final pixels."""
    y = (np.arange(height * oversampling) + 0.5) / oversampling
    x = (np.arange(width * oversampling) + 0.5) / oversampling
    return np.meshgrid(x, y)


def turned(x: Array, y: Array, cx: float, cy: float, angle: float) -> tuple[Array, Array]:
    """Coordinates in the frame of a part at (cx, cy), turned by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return (x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s


def rounded_box(u: Array, v: Array, half_u: float, half_v: float, radius: float) -> Array:
    """Signed distance to a rounded rectangle around the origin (Quilez, 2D distance functions)."""
    du, dv = np.abs(u) - half_u + radius, np.abs(v) - half_v + radius
    outside = np.hypot(np.maximum(du, 0), np.maximum(dv, 0))
    return outside + np.minimum(np.maximum(du, dv), 0) - radius


def ellipse(u: Array, v: Array, half_u: float, half_v: float) -> Array:
    """Signed distance to an ellipse, of first order near its edge."""
    k0 = np.hypot(u / half_u, v / half_v)
    k1 = np.hypot(u / half_u**2, v / half_v**2)
    return np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-9), -min(half_u, half_v))


def segment(x: Array, y: Array, x0: float, y0: float, x1: float, y1: float) -> Array:
    """Distance to a straight line from (x0, y0) to (x1, y1)."""
    length2 = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
    t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length2, 0, 1)
    return np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))


def cover(distance: Array, softness: float = 0.5) -> Array:
    """Coverage in 0..1 of a shape, with an edge of ± `softness` pixels."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1)


def bump(distance: Array, width: float) -> Array:
    """A step from 0 outside to 1 inside whose flank, `width` pixels wide, is smooth."""
    t = np.clip(-distance / width, 0, 1)
    return t * t * (3 - 2 * t)


def clouds(rng: np.random.Generator, shape: tuple[int, int], cells: float) -> Array:
    """Smooth noise of mean 0 and deviation 1 with about `cells` bumps along the width."""
    h, w = shape
    columns = max(2, round(cells))
    rows = max(2, round(cells * h / w))
    grid = rng.normal(size=(rows + 1, columns + 1)).astype(np.float32)
    noise = cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
    return (noise - noise.mean()) / (noise.std() + 1e-6)


def streaks(rng: np.random.Generator, shape: tuple[int, int], angle: float, length: int) -> Array:
    """Noise smeared along `angle` (radians), as brushing leaves it; mean 0, deviation 1."""
    size = int(np.hypot(*shape)) + 2 * length
    noise = rng.normal(size=(size, size)).astype(np.float32)
    noise = cv2.blur(noise, (length, 1))
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), -np.degrees(angle), 1.0)
    turn[0, 2] += (shape[1] - size) / 2
    turn[1, 2] += (shape[0] - size) / 2
    smeared = cv2.warpAffine(noise, turn, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)
    return (smeared - smeared.mean()) / (smeared.std() + 1e-6)


def blurred(field: Array, sigma: float) -> Array:
    """Gaussian blur; `sigma` in the field's own pixels."""
    return cv2.GaussianBlur(field, (0, 0), sigma) if sigma > 0.05 else field
