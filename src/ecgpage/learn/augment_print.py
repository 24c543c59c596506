"""What print, light and files do to a page; ink is light (255) and paper 0 in all of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Page = NDArray[np.uint8]


def thicker(page: Page, chance: float, rng: np.random.Generator) -> Page:
    """With that chance, the trace thickened or thinned by up to half a pixel each side."""
    happens, way, share = rng.uniform(size=3)
    if happens >= chance:
        return page
    kernel = np.ones((2, 2), np.uint8)
    other = cv2.dilate(page, kernel) if way < 0.6 else cv2.erode(page, kernel)
    part = share if way < 0.6 else 0.5 * share
    return np.asarray(cv2.addWeighted(page, 1.0 - part, other, part, 0.0), dtype=np.uint8)


def printed_grid(page: Page, most: float, rng: np.random.Generator) -> Page:
    """A grid under the ink: lines of a random pitch, phase and darkness, every fifth heavier."""
    if most <= 0.0:
        return page
    darkness, pitch, phase_rows, phase_columns, heavier = rng.uniform(size=5)
    level = 255.0 * most * max(0.0, 2.0 * darkness - 1.0)
    step = page.shape[1] * (0.012 + 0.016 * pitch)
    if level < 1.0:
        return page
    rows = (_comb(page.shape[0], step, phase_rows, heavier) * level).astype(np.uint8)
    columns = (_comb(page.shape[1], step, phase_columns, heavier) * level).astype(np.uint8)
    grid = np.maximum(rows[:, None], columns[None, :])
    return np.asarray(cv2.max(page, grid), dtype=np.uint8)


def _comb(length: int, step: float, phase: float, heavier: float) -> NDArray[np.float32]:
    """Lines one pixel wide every ``step`` pixels, 0 to 1, shared between neighbouring pixels."""
    position = (np.arange(length, dtype=np.float32) + np.float32(phase * step)) / np.float32(step)
    distance_px = np.abs(position - np.round(position)) * np.float32(step)
    line = np.clip(1.0 - distance_px, 0.0, 1.0).astype(np.float32)
    fifth = np.where(np.round(position) % 5 == 0, 1.0, 1.0 - heavier).astype(np.float32)
    return np.asarray(line * fifth, dtype=np.float32)


def lit(page: Page, contrast: float, gradient: float, rng: np.random.Generator) -> Page:
    """Weaker or stronger ink, and light that falls off in one direction."""
    if contrast <= 0.0 and gradient <= 0.0:
        return page
    change, fall, direction = rng.uniform(-1.0, 1.0, 3)
    factor = 1.0 + contrast * change
    if gradient <= 0.0:
        return np.asarray(cv2.convertScaleAbs(page, alpha=factor), dtype=np.uint8)
    rows, columns = page.shape
    angle = np.pi * direction
    down = np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    across = np.linspace(-0.5, 0.5, columns, dtype=np.float32)[None, :] * np.float32(np.cos(angle))
    slope = np.float32(factor * gradient * fall)
    light = (np.float32(factor) + slope * down) + slope * across
    return np.asarray(cv2.multiply(page, light, dtype=cv2.CV_8U), dtype=np.uint8)


def blurred(page: Page, most_px: float, rng: np.random.Generator) -> Page:
    """A Gaussian blur of a random width; under 0.3 pixels nothing is done."""
    width_px = most_px * rng.uniform()
    if width_px < 0.3:
        return page
    return np.asarray(cv2.GaussianBlur(page, (0, 0), width_px), dtype=np.uint8)


def compressed(page: Page, strength: float, rng: np.random.Generator) -> Page:
    """Through JPEG and back, one time in four, at a quality from 100 down to 100 - 90 strength."""
    happens, draw = rng.uniform(size=2)
    if strength <= 0.0 or happens < 0.75:
        return page
    quality = round(100.0 - 90.0 * strength * draw)
    code = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
