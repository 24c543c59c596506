"""How dark the print lies on the paper, in one size for all pages."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 384, 512
"""Size of an ink map. A trace of an A4 page is about one pixel wide here; the page is
stretched to this size, so that a copy of another size or shape lies on the same pixels."""

SMALL_ROWS, SMALL_COLUMNS = 96, 128
"""Size of the small map, from which candidates are found."""

PAPER_PX = 17
"""Side of the square whose lightest pixel counts as paper, in pixels of the ink map: wider than
any line of print, narrower than a shadow."""


SURROUND_LEVEL = 0.45
"""A wide area at the picture's edge that is darker than this part of the paper is not paper but a
desk, a screen's frame or a scanner's lid; a shadow rarely is that dark."""

GRID_QUANTILE = 90
"""A trace with its lettering covers less than a tenth of a page; where more than that is inked,
the lightest nine tenths are paper and grid, and are taken off."""


def ink_map(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Ink on each place of the page: 0 for paper, 1 for the darkest print.

    Brightness, contrast and shadows cancel out, because the paper beside each pixel is its
    white. A page that is light on dark is inverted.

    Parameters
    ----------
    grey:
        ndarray, shape (rows, columns), uint8.

    Returns
    -------
    ndarray, shape (384, 512), float32, 0 to 1.
    """
    shrink = grey.shape[0] >= ROWS and grey.shape[1] >= COLUMNS
    how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    page = cv2.resize(grey, (COLUMNS, ROWS), interpolation=how).astype(np.float32)
    if np.median(page) < 100:
        page = 255 - page
    square = np.ones((PAPER_PX, PAPER_PX), np.uint8)
    closed = cv2.morphologyEx(page, cv2.MORPH_CLOSE, square)
    paper = cv2.blur(closed, (PAPER_PX, PAPER_PX))
    ink = np.clip(1 - page / np.maximum(paper, 1), 0, 1)
    ink[_beside_the_paper(np.asarray(closed, dtype=np.float32))] = 0
    darkest = max(float(np.percentile(ink, 99.5)), 0.05)
    return np.asarray(np.clip(ink / darkest, 0, 1), dtype=np.float32)


def _beside_the_paper(closed: NDArray[np.float32]) -> NDArray[np.bool_]:
    """What lies around the paper and its edge: dark areas wider than print that touch the border.

    Without this the edge of a photographed page would count as its darkest print, and two
    pages photographed on one desk as one recording.
    """
    dark = (closed < SURROUND_LEVEL * np.percentile(closed, 75)).astype(np.uint8)
    _, labels = cv2.connectedComponents(dark)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    outside = np.isin(labels, np.setdiff1d(edge, 0)).astype(np.uint8)
    grown = cv2.dilate(outside, np.ones((PAPER_PX, PAPER_PX), np.uint8))
    return np.asarray(grown, dtype=np.bool_)


def without_grid(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink map with the level of its grid taken off, so that a heavy grid weighs little."""
    grid = min(float(np.percentile(ink, GRID_QUANTILE)), 0.7)
    return np.asarray(np.clip((ink - grid) / (1 - grid), 0, 1), dtype=np.float32)


def small_map(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The ink map at a quarter of its size, with the faint print of the grid held down.

    Returns
    -------
    ndarray, shape (96, 128), uint8.
    """
    size = (SMALL_COLUMNS, SMALL_ROWS)
    dark = cv2.resize(ink**3, size, interpolation=cv2.INTER_AREA)
    soft = np.sqrt(cv2.GaussianBlur(dark, (0, 0), 1.0))
    return np.asarray(np.round(np.clip(soft, 0, 1) * 255), dtype=np.uint8)


def pack_ink(ink: NDArray[np.float32]) -> bytes:
    """The ink map as PNG of 32 grey levels, about 20 KiB for a printed page."""
    levels = (np.round(ink * 31) * 8).astype(np.uint8)
    _, buffer = cv2.imencode(".png", levels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return bytes(buffer)


def unpack_ink(packed: bytes) -> NDArray[np.float32]:
    """The ink map from what :func:`pack_ink` gave, shape (384, 512), 0 to 1."""
    levels = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(levels, dtype=np.float32) / 248.0
