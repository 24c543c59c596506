"""Light on the sheet: the shade of its own relief, a lamp to one side, somebody's shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.render.world_shape import STEP_PX, Relief, upsample

if TYPE_CHECKING:
    from ecgpage.render.world_values import World

Field = NDArray[np.float64]


def light(
    image: NDArray[np.uint8], relief: Relief | None, world: World, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The page under its light; unchanged where the world has no light of its own."""
    bent = relief is not None and bool(np.any(relief.slope))
    if not (bent or world.unevenness or world.shadow):
        return image
    shape = (image.shape[0], image.shape[1])
    counts = [-(-size // STEP_PX) + 2 for size in shape]
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, count) for count in counts), indexing="ij")
    level = np.ones(rows.shape)
    if relief is not None and bent:
        level *= _lambert(relief.slope, rng)
    if world.unevenness:
        level *= _lamp(rows, columns, world.unevenness, rng)
    if world.shadow:
        level *= _shadow(rows, columns, world.shadow, rng)
    full = upsample(np.clip(level, 0.05, 1.25), shape)
    shade = cv2.convertScaleAbs(full, alpha=200)
    lit = cv2.multiply(image, cv2.merge([shade] * 3), scale=1 / 200)
    return np.asarray(lit, np.uint8)


def _lambert(slope: Field, rng: np.random.Generator) -> Field:
    """Light of a matt sheet: the cosine between its normal and the lamp, flat paper is 1."""
    angle, low = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.1)
    along = slope[0] * np.sin(angle) + slope[1] * np.cos(angle)
    return np.asarray((1 - low * along) / np.sqrt(1 + slope[0] ** 2 + slope[1] ** 2))


def _lamp(rows: Field, columns: Field, loss: float, rng: np.random.Generator) -> Field:
    angle = rng.uniform(0, 2 * np.pi)
    slant = (rows * np.sin(angle) + columns * np.cos(angle)) / 1.42
    corner = (rows**2 + columns**2) / 2
    return np.asarray(1 - loss * (0.5 + 0.35 * slant + 0.35 * (corner - 0.5)))


def _shadow(rows: Field, columns: Field, loss: float, rng: np.random.Generator) -> Field:
    """A soft edge across the page, sometimes the shadow of a hand's breadth."""
    angle = rng.uniform(0, 2 * np.pi)
    place = rows * np.sin(angle) + columns * np.cos(angle) - rng.uniform(-0.6, 0.6)
    place = place + 0.15 * np.sin(3 * (rows * np.cos(angle) - columns * np.sin(angle)))
    soft = rng.uniform(0.02, 0.2)
    dark = 1 / (1 + np.exp(np.clip(-place / soft, -60, 60)))
    if rng.random() < 0.4:
        width = rng.uniform(0.3, 0.8)
        dark = dark * (1 - 1 / (1 + np.exp(np.clip(-(place - width) / soft, -60, 60))))
    return np.asarray(1 - loss * dark)
