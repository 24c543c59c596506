"""How dark the grid itself is at each pixel, so that only what is darker counts as ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.nan_median import nan_median
from ecgpage.digitise.percentile import medians

Image = NDArray[np.float32]
BLOCK_MM = 30.0
NEIGHBOURS = (-4, -3, -2, -1, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True, eq=False)
class GridLevel:
    """How dark the grid's lines make a page: those across, a value a block, and upright ones."""

    lines: Image
    upright: Image

    def of(self, rows: slice) -> Image:
        """Darkness at each pixel of some rows."""
        down = self.upright[rows]
        across = _enlarged(self.lines[rows], (down.shape[1], len(down)))
        both = across * down  # what stays bright beside either: 1 - (1 - across) (1 - down)
        across += down
        across -= both
        return across


def grid_level(dark: Image, px_per_mm: tuple[float, float]) -> GridLevel:
    """Darkness that the grid's lines cause.

    The median of a row over 30 mm is dark where a line runs along it. A trace can lie flat
    for so long too, but not again at the same place 5 mm, 10 mm ... higher and lower: what
    does not repeat with the grid is no grid.
    """
    lines, upright = at_once(
        lambda: _lines(dark, px_per_mm[0], px_per_mm[1]),
        lambda: np.ascontiguousarray(_lines(dark.T, px_per_mm[1], px_per_mm[0]).T),
    )
    return GridLevel(lines, _enlarged(upright, dark.shape[::-1]))


def _enlarged(line: Image, size: tuple[int, ...]) -> Image:
    return np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _lines(dark: Image, period_px_per_mm: float, along_px_per_mm: float) -> Image:
    """Darkness of the lines along the columns, one value a block: (rows, blocks)."""
    rows, columns = dark.shape
    block = max(8, int(BLOCK_MM * along_px_per_mm))
    count = max(1, columns // block)
    width = columns // count
    stride = max(1, width // 80)
    cut = dark[:, : count * width].reshape(rows, count, width)[:, :, ::stride]
    middle = medians(np.ascontiguousarray(cut))
    wide = np.asarray(cv2.dilate(middle, np.ones((3, 1), np.uint8)), dtype=np.float32)
    expected = _repeated(wide, 5 * period_px_per_mm)
    return np.minimum(middle, expected)


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
    return np.nan_to_num(nan_median(np.stack(stack), 0)).astype(np.float32)
