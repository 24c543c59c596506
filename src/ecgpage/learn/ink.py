"""Dark ink on paper as numbers: grid and shading suppressed, whatever the print's colours.

The chain is rank-based, so that it needs no template: the paper's brightness is estimated by a
morphological closing, darkness is what lies under it, the grid is what covers many pixels and
the trace what covers few.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GRID_SHARE = 0.92
"""Share of the pixels that are paper or grid: a trace of 12 leads covers 1 to 4 % of its region,
text and pulses little more; the rest is the allowance for the blur at the edges of lines."""

INK_SHARE = 0.9925
"""Share of the pixels that are lighter than full ink (the core of the traces)."""

_DARKEST_SHARE = 0.9998
"""Share of the pixels that are lighter than the darkest ones: full ink is at least half as dark,
which keeps the only line on a page with little ink."""

_LINE_LENGTH = 0.036
"""Length of the straight pieces that count as lines, of the page's width: 9 mm on a page that
shows 10 s at 25 mm/s; the flat stretch between two waves is rarely longer."""

_LINE_SHARE = 0.3
"""How far above the grid's level, towards the ink's, a straight line is taken off."""

_LEAST_CONTRAST = 12
"""Grey levels (of 255) between grid and ink below which a page carries no ink."""


def brightness(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightest channel of each pixel, dark lines on light paper in every case.

    In the brightest channel a red, pink, orange, green or blue grid is nearly as bright as the
    paper, black ink is not. A screen with light lines on a dark ground is inverted.

    Parameters
    ----------
    image:
        ndarray, shape (M, N, 3), uint8, RGB.

    Returns
    -------
    ndarray, shape (M, N), uint8
    """
    red, green, blue = cv2.split(image)
    value: NDArray[np.uint8] = np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)
    if float(np.median(value[::4, ::4])) < 128.0 and _lines_are_light(value):
        return np.asarray(cv2.bitwise_not(value), dtype=np.uint8)
    return value


def _lines_are_light(value: NDArray[np.uint8]) -> bool:
    """Whether thin light structures stand out more than thin dark ones."""
    kernel = _square(value.shape[1])
    light = cv2.subtract(value, cv2.morphologyEx(value, cv2.MORPH_OPEN, kernel))
    dark = cv2.subtract(cv2.morphologyEx(value, cv2.MORPH_CLOSE, kernel), value)
    return bool(np.percentile(light, 99.0) > np.percentile(dark, 99.0))


def darkness(value: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much darker a pixel is than the paper around it, 0 (paper) to 255 (black).

    The paper's brightness is the grey closing with a square that is wider than any line; the
    difference is scaled by it, so that a line in a shadow counts as much as one in the light.
    """
    paper = cv2.morphologyEx(value, cv2.MORPH_CLOSE, _square(value.shape[1]))
    paper = cv2.blur(paper, (9, 9))
    return np.asarray(255 - cv2.divide(value, np.maximum(paper, 1), scale=255.0), dtype=np.uint8)


def ink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Traces and print without paper, shading and grid.

    Parameters
    ----------
    image:
        ndarray, shape (M, N, 3), uint8, RGB; about 1000 pixels across the page.

    Returns
    -------
    ndarray, shape (M, N), uint8
        0 where there is paper or grid, 255 in the core of the ink.
    """
    return stretched(without_lines(darkness(brightness(image))))


def without_lines(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take straight horizontal and vertical lines off, as far as they are a grid's darkness.

    A grey opening with a long thin element keeps what is straight; no more than a little over
    the grid's own level is taken off, so that a flat or steep piece of a trace stays.
    """
    grid, full = levels(dark)
    most = int(grid + _LINE_SHARE * max(full - grid, 0.0))
    side = max(15, round(dark.shape[1] * _LINE_LENGTH))
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, side), np.uint8))
    upright = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, 1), np.uint8))
    lines = np.minimum(cv2.max(across, upright), np.uint8(most))
    return np.asarray(cv2.subtract(dark, lines), dtype=np.uint8)


def stretched(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stretch darkness between the level of the grid and that of the ink to 0 and 255."""
    grid, full = levels(dark)
    if full - grid < _LEAST_CONTRAST:
        return np.zeros_like(dark)
    scale = np.clip((np.arange(256) - grid) * (255.0 / (full - grid)), 0, 255)
    return np.asarray(cv2.LUT(dark, scale.round().astype(np.uint8)), dtype=np.uint8)


def levels(dark: NDArray[np.uint8]) -> tuple[float, float]:
    """Darkness of the grid and of the ink, by rank."""
    counts = cv2.calcHist([dark], [0], None, [256], [0, 256]).ravel()
    share = np.cumsum(counts) / max(float(counts.sum()), 1.0)
    grid = float(np.searchsorted(share, GRID_SHARE))
    full = float(np.searchsorted(share, INK_SHARE))
    return grid, max(full, 0.5 * float(np.searchsorted(share, _DARKEST_SHARE)))


def _square(columns: int) -> NDArray[np.uint8]:
    """A square wider than a drawn line: 1.5 % of the page's width, at least 7 pixels."""
    side = max(7, round(columns * 0.015) | 1)
    return np.ones((side, side), dtype=np.uint8)
