"""Light and shadow taken out of a page: how dark each pixel is against the paper around it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
DARKEST_PAPER = 16.0
"""Paper is at least so bright, of 255."""


def paper_brightness(channel: NDArray[np.uint8], size_px: int) -> Image:
    """Brightness of the bare paper, on a picture reduced so far as light allows.

    A closing (maximum, then minimum) over ``size_px`` removes lines that are darker than the
    paper; it is taken on a reduced picture and smoothed.
    """
    step = max(1, size_px // 12)
    small = channel
    if step > 1:
        bright = cv2.dilate(channel, np.ones((step, step), np.uint8))
        size = tuple(max(1, round(length / step)) for length in channel.shape[::-1])
        small = np.asarray(cv2.resize(bright, size, interpolation=cv2.INTER_AREA), np.uint8)
    width = max(3, size_px // step) | 1
    kernel = np.ones((width, width), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    smooth = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), max(1.0, width / 4))
    return np.asarray(smooth, dtype=np.float32)


def paper_around(image: NDArray[np.uint8], size_px: int) -> tuple[Image, ...]:
    """:func:`paper_brightness` of red, green and blue."""
    return tuple(paper_brightness(np.asarray(c, np.uint8), size_px) for c in cv2.split(image))


def brightness_planes(
    image: NDArray[np.uint8], papers: Sequence[Image], paper_level: float
) -> list[NDArray[np.uint8]]:
    """Red, green and blue with bare paper (:func:`paper_around`) at ``paper_level``, uint8."""
    return [
        np.asarray(
            cv2.divide(channel, _enlarged(paper, image.shape), scale=paper_level, dtype=cv2.CV_8U),
            np.uint8,
        )
        for channel, paper in zip(cv2.split(image), papers, strict=True)
    ]


def full_size(papers: Sequence[Image], shape: tuple[int, ...]) -> list[Image]:
    """Bare paper (:func:`paper_around`) at each pixel of a picture of this shape."""
    return [_enlarged(paper, shape) for paper in papers]


def darkness_planes(image: NDArray[np.uint8], bare: Sequence[Image]) -> list[Image]:
    """:func:`darkness` of red, green and blue, whose bare paper is given for each pixel."""
    return [
        _darkness(np.asarray(channel, np.uint8), paper)
        for channel, paper in zip(cv2.split(image), bare, strict=True)
    ]


def darkness(channel: NDArray[np.uint8], size_px: int) -> Image:
    """Darkness against the paper: 0 as bright as the paper, 1 black; shape as ``channel``."""
    return _darkness(channel, _enlarged(paper_brightness(channel, size_px), channel.shape))


def _darkness(channel: NDArray[np.uint8], bare: Image) -> Image:
    share = cv2.divide(channel, bare, dtype=cv2.CV_32F)
    out = np.minimum(share, np.float32(1.0), out=np.asarray(share, np.float32))
    return np.asarray(np.subtract(np.float32(1.0), out, out=out))


def _enlarged(paper: Image, shape: tuple[int, ...]) -> Image:
    """Bare paper at the size of the picture."""
    size = (shape[1], shape[0])
    large = np.asarray(cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR), np.float32)
    if paper.min() > DARKEST_PAPER + 1.0:  # then nothing between its values is darker
        return large
    return np.maximum(large, np.float32(DARKEST_PAPER), out=large)
