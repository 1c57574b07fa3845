"""A panel being painted: colour, relief and gloss, lit at the end as a camera would see it."""

from __future__ import annotations

import numpy as np

from sample_painter.fields import Array, blurred, cover, pixel_centres


class Canvas:
    """Layers of one oversampled picture.

    colour is H×W×3 reflectance in 0..1 (BGR), height and cast are pixels above the panel
    (what stands out, and what throws a shadow), gloss is 0..1.
    """

    def __init__(self, height: int, width: int, oversampling: int) -> None:
        self.oversampling = oversampling
        self.x, self.y = pixel_centres(height, width, oversampling)
        self.shape = self.x.shape
        self.colour = np.full((*self.shape, 3), 0.5)
        self.height = np.zeros(self.shape)
        self.cast = np.zeros(self.shape)
        self.gloss = np.full(self.shape, 0.2)

    def fill(self, mask: Array, colour: Array, gloss: float) -> None:
        """Cover `mask` (0..1) with a colour (3 values or H×W×3) and a gloss."""
        self.colour += mask[..., None] * (colour - self.colour)
        self.gloss += mask * (gloss - self.gloss)

    def tint(self, factor: Array) -> None:
        """Darken or lighten the colour by a factor per pixel."""
        self.colour *= factor[..., None]

    def flatten(self, distance: Array, level: float) -> None:
        """Press the relief to one level inside a shape, as a part needs an even seat."""
        mask = cover(distance, 2.0)
        self.height += mask * (level - self.height)

    def lit(self, light: Light) -> Array:
        """The scene under `light`, H×W×3 linear intensity."""
        relief = blurred(self.height, 0.6 * self.oversampling)
        dy, dx = np.gradient(relief, 1 / self.oversampling)
        normal = 1 / np.sqrt(dx * dx + dy * dy + 1)
        lx, ly, lz = light.direction
        diffuse = np.clip((lz - dx * lx - dy * ly) * normal, 0, None) / lz
        # Half vector between the light and a viewer straight above the panel.
        half = np.sqrt(2 * (1 + lz))
        shine = np.clip(((lz + 1) - dx * lx - dy * ly) * normal / half, 0, 1) ** light.hardness
        bright = light.ambient + (1 - light.ambient) * diffuse * self._unshadowed(light)
        bright = bright * light.field(self.x, self.y)
        return self.colour * bright[..., None] + (light.shine * self.gloss * shine)[..., None]

    def _unshadowed(self, light: Light) -> Array:
        """1 where the light arrives, less where a raised part stands in its way."""
        lx, ly, lz = light.direction
        shadow = np.zeros(self.shape)
        for share in (0.35, 0.7, 1.0):
            steps = share * self.oversampling / max(lz, 0.3)
            shift = (round(-ly * steps * 4), round(-lx * steps * 4))
            shadow = np.maximum(shadow, np.roll(self.cast, shift, (0, 1)) - self.cast)
        return 1 - 0.8 * np.clip(blurred(shadow, 1.2 * self.oversampling), 0, 1)


class Light:
    """One lamp, its reflections' shape, and how unevenly it reaches the panel."""

    def __init__(self, rng: np.random.Generator, width: float, height: float) -> None:
        azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.1)
        self.direction = (
            np.cos(azimuth) * np.cos(elevation),
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
        )
        self.ambient = rng.uniform(0.25, 0.55)
        self.hardness = rng.uniform(12, 60)
        self.shine = rng.uniform(0.05, 0.3)
        self.size = max(width, height)
        self.spot = rng.uniform(-0.2, 1.2) * width, rng.uniform(-0.2, 1.2) * height
        self.falloff = rng.uniform(0.2, 0.7)
        self.edge = self._shadow_edge(rng, width, height)

    @staticmethod
    def _shadow_edge(rng: np.random.Generator, width: float, height: float):
        """A large object outside the picture shades one side of it: line, softness, strength."""
        angle = rng.uniform(0, 2 * np.pi)
        through = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
        strength = rng.uniform(0.25, 0.6) if rng.random() < 0.45 else 0.0
        return angle, through, rng.uniform(2, 40), strength

    def field(self, x: Array, y: Array) -> Array:
        """Relative intensity over the panel."""
        distance = np.hypot(x - self.spot[0], y - self.spot[1]) / self.size
        angle, (ex, ey), softness, strength = self.edge
        side = (x - ex) * np.cos(angle) + (y - ey) * np.sin(angle)
        shade = 1 - strength * cover(side, softness)
        return (1.15 - self.falloff * distance + 0.25 * self.falloff) * shade
