"""Light and shadow taken out of a page: how dark each pixel is against the paper around it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def paper_brightness(channel: NDArray[np.uint8], size_px: int) -> Image:
    """Brightness of the bare paper at each pixel, shape as ``channel``.

    A closing (maximum, then minimum) over ``size_px`` removes lines that are darker than the
    paper; it is taken on a reduced picture and smoothed.
    """
    step = max(1, size_px // 12)
    small = cv2.resize(channel, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    if step > 1:
        bright = cv2.dilate(channel, np.ones((step, step), np.uint8))
        small = cv2.resize(bright, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
    width = max(3, size_px // step) | 1
    kernel = np.ones((width, width), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    smooth = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), max(1.0, width / 4))
    size = (channel.shape[1], channel.shape[0])
    return np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def darkness(channel: NDArray[np.uint8], size_px: int) -> Image:
    """Darkness against the paper: 0 as bright as the paper, 1 black; shape as ``channel``."""
    paper = np.maximum(paper_brightness(channel, size_px), 16.0)
    return np.clip(1.0 - channel.astype(np.float32) / paper, 0.0, 1.0)
