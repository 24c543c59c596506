"""How dark the grid itself is at each pixel, so that only what is darker counts as ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
BLOCK_MM = 30.0
NEIGHBOURS = (-4, -3, -2, -1, 1, 2, 3, 4)


def grid_level(dark: Image, px_per_mm: tuple[float, float]) -> Image:
    """Darkness that the grid's lines cause, shape as ``dark``.

    The median of a row over 30 mm is dark where a line runs along it. A trace can lie flat
    for so long too, but not again at the same place 5 mm, 10 mm ... higher and lower: what
    does not repeat with the grid is no grid.
    """
    across = _lines(dark, px_per_mm[0], px_per_mm[1])
    down = _lines(np.ascontiguousarray(dark.T), px_per_mm[1], px_per_mm[0]).T
    return np.asarray(1.0 - (1.0 - across) * (1.0 - down), dtype=np.float32)


def _lines(dark: Image, period_px_per_mm: float, along_px_per_mm: float) -> Image:
    rows, columns = dark.shape
    block = max(8, int(BLOCK_MM * along_px_per_mm))
    count = max(1, columns // block)
    width = columns // count
    stride = max(1, width // 80)
    cut = dark[:, : count * width].reshape(rows, count, width)[:, :, ::stride]
    middle = np.median(cut, axis=2).astype(np.float32)
    wide = np.asarray(cv2.dilate(middle, np.ones((3, 1), np.uint8)), dtype=np.float32)
    expected = _repeated(wide, 5 * period_px_per_mm)
    line = np.minimum(middle, expected)
    return np.asarray(
        cv2.resize(line, (columns, rows), interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )


def _repeated(profile: Image, period: float) -> Image:
    """Median of each profile at the same place of neighbouring periods."""
    rows = profile.shape[0]
    stack = []
    for k in NEIGHBOURS:
        at = np.round(np.arange(rows) + k * period).astype(int)
        good = (at >= 0) & (at < rows)
        piece = np.full(profile.shape, np.nan, np.float32)
        piece[good] = profile[at[good]]
        stack.append(piece)
    with np.errstate(all="ignore"):
        out = np.nanmedian(np.stack(stack), axis=0)
    return np.nan_to_num(out).astype(np.float32)
