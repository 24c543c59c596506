"""What people leave on the paper itself: pen strokes, stains, faded ink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.render.ink import draw_lines
from ecgpage.values.truth import Truth

if TYPE_CHECKING:
    from ecgpage.render.world_values import World

PENS: tuple[tuple[int, int, int], ...] = ((28, 40, 130), (20, 20, 25), (150, 25, 30), (20, 90, 60))
STAINS: tuple[tuple[float, float, float], ...] = (
    (0.80, 0.66, 0.46),
    (0.92, 0.88, 0.72),
    (0.72, 0.78, 0.84),
)
"""Share of red, green and blue that coffee, tea and ink let through."""


def mark(
    image: NDArray[np.uint8], truth: Truth, world: World, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The sheet with the world's marks on it (a copy where there are any)."""
    if not (world.strokes or world.stains or world.fading):
        return image
    sheet = image.copy()
    if world.fading:
        _fade(sheet, world.fading, rng)
    for _ in range(world.stains):
        _stain(sheet, rng)
    for _ in range(world.strokes):
        _scribble(sheet, truth.px_per_mm, rng)
    return sheet


def _fade(sheet: NDArray[np.uint8], strength: float, rng: np.random.Generator) -> None:
    """Let the paper's white come through, unevenly in broad bands, as old thermal paper does."""
    bands = 1 - strength * rng.uniform(0.3, 0.8, 12).astype(np.float32)
    across = cv2.resize(bands[None, :], (sheet.shape[1], 1), interpolation=cv2.INTER_CUBIC)[0]
    kept = np.clip(across, 0.15, 1.0)
    factor = np.round(kept * 200).astype(np.uint8)
    row = np.repeat(np.repeat(factor[None, :, None], 3, axis=2), 64, axis=0)
    for top in range(0, sheet.shape[0], 64):
        part = sheet[top : top + 64]
        part[:] = 255 - cv2.multiply(255 - part, row[: part.shape[0]], scale=1 / 200)


def _stain(sheet: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """A blot or a cup's ring that lets the print through."""
    rows, columns = sheet.shape[:2]
    radius = int(rng.uniform(0.03, 0.10) * columns)
    row, column = int(rng.uniform(0, rows)), int(rng.uniform(0, columns))
    top, left = max(row - 2 * radius, 0), max(column - 2 * radius, 0)
    part = sheet[top : row + 2 * radius, left : column + 2 * radius]
    grid_r, grid_c = np.mgrid[0 : part.shape[0], 0 : part.shape[1]].astype(np.float32)
    grid_r, grid_c = grid_r + top - row, grid_c + left - column
    angle = np.arctan2(grid_r, grid_c)
    lobes = rng.integers(2, 6)
    edge = radius * (
        1 + 0.15 * np.sin(lobes * angle + rng.uniform(0, 6)) + 0.06 * np.sin(7 * angle)
    )
    distance = np.hypot(grid_r, grid_c) / edge
    if rng.random() < 0.5:
        cover = np.exp(-0.5 * ((distance - 1) / 0.06) ** 2)
    else:
        cover = 1 / (1 + np.exp(np.clip((distance - 1) * 25, -50, 50)))
    colour = np.array(STAINS[int(rng.integers(len(STAINS)))], np.float32)
    kept = 1 - (cover * rng.uniform(0.4, 1.0))[..., None] * (1 - colour)
    part[:] = (part * kept).astype(np.uint8)


def _scribble(sheet: NDArray[np.uint8], px_per_mm: float, rng: np.random.Generator) -> None:
    """A line that looks written: loops that run to the right, or an underline, arrow or ring."""
    rows, columns = sheet.shape[:2]
    start = np.array([rng.uniform(0.03, 0.97) * rows, rng.uniform(0.0, 0.85) * columns])
    size = rng.uniform(2.0, 6.0) * px_per_mm
    kind = rng.choice(["words", "words", "ring", "line"])
    if kind == "words":
        letters = int(rng.integers(4, 14))
        turn = np.arange(letters * 14) / 14.0
        height = np.repeat(rng.uniform(0.3, 1.0, letters), 14)
        row = -height * np.sin(2 * np.pi * turn) + 0.15 * rng.normal() * turn
        column = 0.75 * turn + 0.35 * height * np.cos(2 * np.pi * turn + rng.uniform(-0.6, 0.6))
    elif kind == "ring":
        turn = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.15), 60)
        row, column = 2.2 * np.sin(turn), (3.5 + 0.3 * turn) * np.cos(turn)
    else:
        column = np.linspace(0, rng.uniform(4, 16), 30)
        row = 0.12 * rng.normal() * column + 0.05 * np.cumsum(rng.normal(0, 1, 30))
    points = np.stack([row, column], axis=1) * size + start
    width = rng.uniform(0.3, 0.7) * px_per_mm
    rgb = PENS[int(rng.integers(len(PENS)))]
    draw_lines(sheet, [points], width, rgb, float(rng.uniform(0.6, 0.95)))
