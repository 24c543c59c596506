"""Bring a page to a size and orientation that the later steps expect."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def reduce(image: NDArray[np.uint8], longest_px: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with its longest side at most ``longest_px``, and the factor it shrank by."""
    factor = max(image.shape[:2]) / longest_px
    if factor <= 1:
        return image, 1.0
    size = (round(image.shape[1] / factor), round(image.shape[0] / factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), factor
