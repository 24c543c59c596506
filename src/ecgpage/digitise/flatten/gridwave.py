"""The part of a page that can be its grid: faint, repeating darkness without the ink."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

LONGEST_PX = 1750
"""The grid is sought at half the size on pictures with more pixels than this: a page of 300 mm has
at least 2.9 pixels in a millimetre then, enough for its lines. Other factors would add periods of
their own."""
DARK = 0.45
"""Share of the light that ink takes away at least."""
INK_OVER_GRID = 1.6
"""What is higher than the usual grid line by this factor is ink."""


def grid_wave(image: NDArray[np.uint8], reduce: bool = True) -> Image:
    """Local contrast of the grid, shape (rows, columns), zero where ink lies.

    Large pictures are reduced first, unless ``reduce`` is false. The darkest of the three channels
    shows a grid of any colour best. What is far darker than the usual line is ink; it is set to
    zero so that it does not drown the grid's spectrum.
    """
    red, green, blue = cv2.split(_reduced(image) if reduce else image)
    contrast = _contrast(cv2.min(cv2.min(red, green), blue), _surroundings(red))
    usual = float(np.percentile(np.abs(contrast[::3, ::3]), 85)) + 1e-3
    ink = _spread(contrast > max(4.0 * usual, DARK))
    wave = np.clip(contrast, -2.0 * usual, 2.0 * usual)
    wave[ink] = 0.0
    return np.asarray(wave, dtype=np.float32)


def _surroundings(channel: NDArray[Any]) -> int:
    """Side of the square that says how bright the paper is, in pixels."""
    return int(max(15, max(channel.shape) // 60)) | 1


def _contrast(channel: NDArray[Any], size: int) -> Image:
    """Darkness against the surroundings, as a share of their brightness."""
    around = cv2.blur(channel, (size, size))
    difference = cv2.subtract(around, channel, dtype=cv2.CV_32F)
    divided = cv2.divide(difference, np.maximum(around, 24).astype(np.float32))
    return np.asarray(divided, dtype=np.float32)


def _inside(
    places_px: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels nearest to the places that lie in the picture."""
    at = np.round(places_px).astype(np.intp)
    at = at[((at >= 0) & (at < np.array(shape))).all(axis=1)]
    return at[:, 0], at[:, 1]


def without_ink(image: NDArray[np.uint8], wave: Image, places_px: NDArray[np.float32]) -> Image:
    """The wave with zero where the page is darker than the grid's lines are, given by places.

    Ink is as dark in one channel as in another; the lines of a coloured grid are not, and ink no
    darker than they can still be told by its darkness in the channel where they are pale.
    ``places_px`` (n, 2) are rows and columns of points that lie on lines of a grid.
    """
    rows, columns = _inside(places_px, wave.shape)
    if rows.size == 0:
        return wave
    red, green, blue = cv2.split(image if wave.shape == image.shape[:2] else _reduced(image))
    size = _surroundings(red)
    pale = np.minimum(
        np.minimum(_contrast(red, size), _contrast(green, size)), _contrast(blue, size)
    )
    ink = np.zeros(wave.shape, bool)
    for contrast in (wave, pale):
        near = cv2.dilate(contrast, np.ones((3, 3), np.uint8))
        limit = INK_OVER_GRID * float(np.percentile(near[rows, columns], 60))
        if limit > float(np.percentile(contrast[::3, ::3], 85)):
            ink |= contrast > limit
    return np.where(_spread(ink), np.float32(0.0), wave)


def _spread(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask grown by one pixel."""
    grown = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(grown, np.uint8).view(bool)


def reduction(image: NDArray[np.uint8], wave: Image) -> int:
    """Pixels of the picture in a pixel of its wave."""
    return round(float(image.shape[0] / wave.shape[0]))


def _reduced(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if max(image.shape[:2]) <= LONGEST_PX:
        return image
    size = (image.shape[1] // 2, image.shape[0] // 2)
    image = image[: 2 * size[1], : 2 * size[0]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
