"""The part of a page that can be its grid: faint, repeating darkness without the ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def grid_wave(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Local contrast of the grid, shape (rows, columns), zero where ink lies.

    The darkest of the three channels shows a grid of any colour best. What is far darker than
    the usual line is ink; it is set to zero so that it does not drown the grid's spectrum.
    """
    channel = image.min(axis=2)
    size = max(15, max(image.shape[:2]) // 60) | 1
    around = cv2.blur(channel, (size, size)).astype(np.float32)
    contrast = (around - channel) / np.maximum(around, 24.0)
    sample = contrast[::3, ::3]
    usual = float(np.percentile(np.abs(sample), 85)) + 1e-3
    ink = (contrast > max(4.0 * usual, 0.25)) & (channel < 0.55 * around)
    ink = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    wave = np.clip(contrast, -2.0 * usual, 2.0 * usual).astype(np.float32)
    wave[ink] = 0.0
    return np.asarray(wave, dtype=np.float32)
