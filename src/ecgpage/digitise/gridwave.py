"""The part of a page that can be its grid: faint, repeating darkness without the ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

LONGEST_PX = 1400
"""The grid is sought on a picture of this size at most: a page of 300 mm has 4.7 pixels in a
millimetre then, twice what its lines need."""
DARK = 0.45
"""Share of the light that ink takes away at least."""
INK_OVER_GRID = 1.6
"""What is higher than the usual grid line by this factor is ink."""


def grid_wave(image: NDArray[np.uint8]) -> Image:
    """Local contrast of the grid, shape (rows, columns), zero where ink lies.

    The picture is reduced so that its longest side has ``LONGEST_PX`` pixels at most. The
    darkest of the three channels shows a grid of any colour best. What is far darker than the
    usual line is ink; it is set to zero so that it does not drown the grid's spectrum.
    """
    red, green, blue = cv2.split(_reduced(image))
    channel = cv2.min(cv2.min(red, green), blue)
    size = max(15, max(channel.shape) // 60) | 1
    around = cv2.blur(channel, (size, size))
    difference = cv2.subtract(around, channel, dtype=cv2.CV_32F)
    contrast = cv2.divide(difference, np.maximum(around, 24).astype(np.float32))
    usual = float(np.percentile(np.abs(contrast[::3, ::3]), 85)) + 1e-3
    ink = _spread(contrast > max(4.0 * usual, DARK))
    wave = np.clip(contrast, -2.0 * usual, 2.0 * usual)
    wave[ink] = 0.0
    return np.asarray(wave, dtype=np.float32)


def without_ink(wave: Image, places_px: NDArray[np.float32]) -> Image:
    """The wave with zero where it is clearly higher than on the grid's lines, given by places.

    ``places_px`` (n, 2) are rows and columns of points that lie on lines of a grid.
    """
    near = cv2.dilate(wave, np.ones((3, 3), np.uint8))
    rows, columns = np.clip(np.round(places_px).astype(int), 0, np.array(wave.shape) - 1).T
    if rows.size == 0:
        return wave
    limit = INK_OVER_GRID * float(np.percentile(near[rows, columns], 60))
    if limit < float(np.percentile(wave[::3, ::3], 85)):
        return wave
    return np.where(_spread(wave > limit), np.float32(0.0), wave)


def _spread(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask grown by one pixel."""
    grown = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(grown, np.uint8).view(bool)


def reduction(image: NDArray[np.uint8], wave: Image) -> tuple[float, float]:
    """Pixels of the picture in a pixel of its wave, down and across."""
    return image.shape[0] / wave.shape[0], image.shape[1] / wave.shape[1]


def _reduced(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(image.shape[:2]) / LONGEST_PX
    if factor <= 1.15:
        return image
    size = (round(image.shape[1] / factor), round(image.shape[0] / factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
