"""Where on the page the traces lie: header and footer are left outside.

Two things are looked for on the page itself, none of them at fixed places:

1. the grid: in small blocks all over the page, most of a row of blocks are paper in a margin
   (text or not) and grid inside; the longest run of grid rows (and then columns) is its
   extent, and a printed frame line at its edge is left outside;
2. the traces: pieces of ink that go on for more than a tenth of the page's width without being
   a ruled line or a blot. Letters never do.

An edge of the region is the grid's edge where the grid ends within the page; where the grid
runs to the page's end, or there is none, it is the outermost trace with a margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.ink import darkness, ink
from ecgpage.values import Page

WORK_COLUMNS = 1000
"""Width in pixels at which a page is looked at: one pixel is about 0.3 mm of an A4 page."""

_BLOCK = 6
"""Side of the blocks in which the grid is looked for, in pixels of the page at half
:data:`WORK_COLUMNS`: about 3.5 grid millimetres."""

_GRID_LEAST = 2.0
"""Mean darkness (of 255) of a block of the faintest grid."""

_GRID_SHARE = 0.4
"""Part of the grid's own darkness that a row of blocks must have to belong to it."""

_LOW = 30
"""Percentile of the blocks across the page that must be grid: a line of text leaves more free."""

_FRAME_CONTRAST = 3.0
"""A frame is this many times darker than the grid is on average ..."""

_FRAME_LEVEL = 0.85 * 255
"""... over this part of its length."""

_INK_LEVEL = 128
"""Ink (of 255) from which a pixel counts when traces are followed."""

_LEAST_EXTENT = 0.35
"""Traces that cover less of the page's height or width are not believed to be all."""

_MARGIN_ROWS = 0.05
_MARGIN_COLUMNS = 0.02
"""Room left around the outermost traces, of the page: a thin tall QRS may break off them."""

_TRACE_LEAST_WIDTH = 0.10
"""A piece of trace goes on for this part of the page's width; a word never does."""

_TRACE_THICKEST = 0.02
"""Ink per column of a piece of trace, of the page's width at most: a blot has more."""


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
    if rows < 8 * _BLOCK or columns < 8 * _BLOCK:
        return Region(0, 0, rows, columns, "page")
    grid = _grid_extent(image)
    traces = _trace_extent(inked)
    if grid is None and traces is None:
        return Region(0, 0, rows, columns, "page")
    top, left, bottom, right = traces or (0, 0, rows, columns)
    if grid is None:
        return Region(top, left, bottom, right, "traces")
    inside = (
        grid[0] if grid[0] > 0 else top,
        grid[1] if grid[1] > 0 else left,
        grid[2] if grid[2] < rows else bottom,
        grid[3] if grid[3] < columns else right,
    )
    if inside[2] - inside[0] < rows // 5 or inside[3] - inside[1] < columns // 5:
        return Region(top, left, bottom, right, "traces" if traces else "page")
    return Region(*inside, "grid" if inside == grid else "grid and traces")


def _grid_extent(image: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Rows and columns that the grid covers, without its frame; None where there is no grid."""
    whole_rows, whole_columns = image.shape[:2]
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    red, green, blue = cv2.split(half)
    dark = darkness(np.asarray(cv2.min(cv2.min(red, green), blue), dtype=np.uint8))
    rows, columns = dark.shape
    size = (columns // _BLOCK, rows // _BLOCK)
    blocks = cv2.resize(dark.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    level = float(np.median(blocks))
    if level < _GRID_LEAST:
        return None
    top, bottom = _longest_run(np.percentile(blocks, _LOW, axis=1) > _GRID_SHARE * level)
    left, right = _longest_run(
        np.percentile(blocks[top:bottom], _LOW, axis=0) > _GRID_SHARE * level
    )
    v, h = rows / size[1], columns / size[0]
    ends = (round(top * v), round(left * h), round(bottom * v), round(right * h))
    line = cv2.threshold(dark, _FRAME_CONTRAST * level, 255, cv2.THRESH_BINARY)[1]
    across = cv2.reduce(line[:, ends[1] : ends[3]], 1, cv2.REDUCE_AVG).ravel() > _FRAME_LEVEL
    along = cv2.reduce(line[ends[0] : ends[2]], 0, cv2.REDUCE_AVG).ravel() > _FRAME_LEVEL
    low, high = _within_frame(ends[0], ends[2], across)
    near, far = _within_frame(ends[1], ends[3], along)
    found = Region(low, near, high, far, "grid").scaled(rows, columns, whole_rows, whole_columns)
    return found.top, found.left, found.bottom, found.right


def _within_frame(start: int, stop: int, line: NDArray[np.bool_]) -> tuple[int, int]:
    """Move both ends to just inside a line that stands within two blocks of them."""
    length, reach = len(line), 2 * _BLOCK
    if start > 0:
        first = max(0, start - reach)
        marks = np.flatnonzero(line[first : start + reach])
        start = first + int(marks[-1]) + 2 if len(marks) else start
    if stop < length:
        first = max(0, stop - reach)
        marks = np.flatnonzero(line[first : stop + reach])
        stop = first + int(marks[0]) - 1 if len(marks) else stop
    return start, stop


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and stop of the longest run of true values, gaps of one or two closed."""
    closed = cv2.morphologyEx(
        np.pad(flags, 3).astype(np.uint8)[None, :], cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8)
    )
    padded = closed[0, 2:-2].astype(np.int8)
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if not len(starts):
        return 0, len(flags)
    longest = int(np.argmax(stops - starts))
    return int(starts[longest]), int(stops[longest])


def _trace_extent(inked: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Rows and columns between the outermost traces, with a margin; None where none is seen."""
    rows, columns = inked.shape
    half = cv2.dilate(inked, np.ones((2, 2), np.uint8))[::2, ::2]
    mask = cv2.morphologyEx(
        (half > _INK_LEVEL).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8)
    )
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = stats[1:count]
    wide = boxes[:, cv2.CC_STAT_WIDTH]
    high = boxes[:, cv2.CC_STAT_HEIGHT]
    area = boxes[:, cv2.CC_STAT_AREA]
    thick = area / np.maximum(wide, 1)
    trace = (
        (wide > _TRACE_LEAST_WIDTH * columns / 2)
        & (high > 3)
        & (thick < max(4.0, _TRACE_THICKEST * columns / 2))
    )
    if not trace.any():
        return None
    found = boxes[trace] * 2
    top = int(found[:, cv2.CC_STAT_TOP].min())
    left = int(found[:, cv2.CC_STAT_LEFT].min())
    bottom = int((found[:, cv2.CC_STAT_TOP] + found[:, cv2.CC_STAT_HEIGHT]).max())
    right = int((found[:, cv2.CC_STAT_LEFT] + found[:, cv2.CC_STAT_WIDTH]).max())
    if bottom - top < _LEAST_EXTENT * rows or right - left < _LEAST_EXTENT * columns:
        return None
    v, h = round(_MARGIN_ROWS * rows), round(_MARGIN_COLUMNS * columns)
    return max(0, top - v), max(0, left - h), min(rows, bottom + v), min(columns, right + h)
