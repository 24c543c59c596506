"""Where on a page the recording lies, and what is printed above and below it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WIDE = 0.12
"""A connected piece of ink wider than this share of the page counts as a piece of trace: words
are shorter, and the shortest stretch of one lead (a quarter of a row) is longer."""

STRAIGHT_PX = 3
"""Pieces no taller than this, in pixels of the ink map, are ruled lines."""


def trace_pieces(ink: NDArray[np.float32]) -> NDArray[np.int64]:
    """Boxes of the pieces of ink that run across the page like a trace.

    Parameters
    ----------
    ink:
        Ink map, 0 to 1.

    Returns
    -------
    ndarray, shape (piece, 4): top, left, height, width in pixels of the ink map. A piece is
    wide, not a ruled line, and fills little of its box (less than a third), unlike a block of
    text or a picture.
    """
    dark = (ink > 0.35).astype(np.uint8)
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    left, top, width, height, area = stats[1:].T
    wide = width >= WIDE * ink.shape[1]
    trace = wide & (height > STRAIGHT_PX) & (area < width * height / 3)
    boxes = np.stack([top, left, height, width], axis=1)[trace]
    return np.asarray(boxes, dtype=np.int64)


def recording_rows(image: NDArray[np.uint8], ink: NDArray[np.float32]) -> tuple[float, float]:
    """First and last row of the recording as shares of the page's height.

    The recording is the longest run of rows whose paper is not bare (grid, frame and trace
    cover more columns than the lines of a header do). Where a page has no grid, it reaches from
    the first to the last piece of trace. (0, 1) where neither is found.

    Parameters
    ----------
    image:
        ndarray, shape (rows, columns, 3), uint8.
    ink:
        The page's ink map.
    """
    gridded = _gridded_rows(image, ink.shape)
    if gridded is not None:
        return gridded
    pieces = trace_pieces(ink)
    if not len(pieces):
        return 0.0, 1.0
    rows = ink.shape[0]
    top, bottom = int(pieces[:, 0].min()), int((pieces[:, 0] + pieces[:, 2]).max())
    return top / rows, bottom / rows


def _gridded_rows(image: NDArray[np.uint8], shape: tuple[int, ...]) -> tuple[float, float] | None:
    """The run of rows with grid, or None where there is none or it covers the page."""
    rows, columns = shape
    page = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.int16)
    paper = np.percentile(page.reshape(-1, 3), 95, axis=0)
    printed = (np.abs(page - paper).max(axis=2) > 10).mean(axis=1).astype(np.float32)
    cover = cv2.blur(printed[:, None], (1, 9))[:, 0]
    middle = float(np.median(cover[rows // 4 : 3 * rows // 4]))
    if middle < 0.2:
        return None
    inside = np.flatnonzero(cover > 0.6 * middle)
    runs = np.split(inside, np.flatnonzero(np.diff(inside) > 6) + 1)
    longest = max(runs, key=len)
    if len(longest) < rows / 3:
        return None
    return float(longest[0] / rows), float((longest[-1] + 1) / rows)
