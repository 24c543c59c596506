"""Where on the page the traces lie: header and footer are left outside.

Two things are looked for on the page itself, none of them at fixed places:

1. the grid: in small blocks all over the page, most of a row of blocks are paper in a margin
   (text or not) and grid inside; the longest run of grid rows (and then columns) is its
   extent, and a printed frame line at its edge is left outside;
2. the traces: pieces of ink that go on for more than an eighth of the page's width without being
   a ruled line or a blot. Letters never do.

Sideways the region is as wide as the grid. Upwards and downwards it ends with the grid where the
grid ends within the page; where the grid runs to the page's end, or leaves room enough for a
header printed on it, it ends with the outermost trace and a margin. On a page without grid the
traces decide all four edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.ink import ink
from ecgpage.learn.region_grid import grid_extent
from ecgpage.learn.region_traces import trace_extent
from ecgpage.values import Page

WORK_COLUMNS = 1000
"""Width in pixels at which a page is looked at: one pixel is about 0.3 mm of an A4 page."""

LEAST_SIDE = 48
"""Smaller pictures (pixels at that width) are taken as they are."""

_SPARE = 0.12
"""Where the grid goes this part of the page's height beyond the traces, print may stand on it."""


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a page, in pixels of its image: rows ``top:bottom``, columns ``left:right``.

    ``how`` says what it was found by: ``grid``, ``grid and traces``, ``traces``, or ``page``
    where nothing was found and the region is the whole page.
    """

    top: int
    left: int
    bottom: int
    right: int
    how: str

    def scaled(self, rows: int, columns: int, to_rows: int, to_columns: int) -> Region:
        """The same part of the page at another resolution."""
        v, h = to_rows / rows, to_columns / columns
        return Region(
            top=min(round(self.top * v), to_rows - 1),
            left=min(round(self.left * h), to_columns - 1),
            bottom=max(round(self.bottom * v), 1),
            right=max(round(self.right * h), 1),
            how=self.how,
        )

    def cut(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of the image, a view."""
        return image[self.top : self.bottom, self.left : self.right]


def find_region(page: Page) -> Region:
    """The part of the page that carries the traces, in pixels of ``page.image``."""
    rows, columns = page.image.shape[:2]
    image = shrunk(page.image, WORK_COLUMNS)
    found = region_of(image, ink(image))
    return found.scaled(image.shape[0], image.shape[1], rows, columns)


def shrunk(image: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """The image made smaller by area averaging if it is wider than ``columns`` by a tenth."""
    if image.shape[1] <= 1.1 * columns:
        return image
    rows = max(1, round(image.shape[0] * columns / image.shape[1]))
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA))


def region_of(image: NDArray[np.uint8], inked: NDArray[np.uint8]) -> Region:
    """As :func:`find_region`, of an image with its :func:`ecgpage.learn.ink.ink`."""
    rows, columns = image.shape[:2]
    if rows < LEAST_SIDE or columns < LEAST_SIDE:
        return Region(0, 0, rows, columns, "page")
    grid = grid_extent(image)
    traces = trace_extent(inked)
    if grid is None and traces is None:
        return Region(0, 0, rows, columns, "page")
    top, left, bottom, right = traces or (0, 0, rows, columns)
    if grid is None:
        return Region(top, left, bottom, right, "traces")
    spare = round(_SPARE * rows)
    inside = (
        grid[0] if grid[0] > 0 and top - grid[0] < spare else top,
        grid[1],
        grid[2] if grid[2] < rows and grid[2] - bottom < spare else bottom,
        grid[3],
    )
    if inside[2] - inside[0] < rows // 5 or inside[3] - inside[1] < columns // 5:
        return Region(top, left, bottom, right, "traces" if traces else "page")
    return Region(*inside, "grid" if inside == grid else "grid and traces")
