"""The extent of the traces on a page, letters left out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Extent = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels."""

_INK_LEVEL = 128
"""Ink (of 255) from which a pixel counts when traces are followed."""

_LEAST_HEIGHT, _LEAST_WIDTH = 0.35, 0.6
"""Traces that cover less of the page's height and width are not believed to be all."""

_MARGIN_ROWS = 0.05
_MARGIN_COLUMNS = 0.02
"""Room left around the outermost traces, of the page: a thin tall QRS may break off them."""

_TRACE_LEAST_WIDTH = 0.12
"""A piece of trace goes on for this part of the page's width; a word never does."""

_ROW_SHARE = 0.22
"""Pieces side by side must cover this part of what the fullest row covers: one lead of four."""

_LEVEL_REACH = 0.006
_LEVEL_SHARE = 0.6
"""A pixel row is a baseline where at least this share of the columns has ink within this part of
the width above or below it (1.5 mm); a line of text leaves more free."""

_TRACE_THICKEST = 0.02
"""Ink per column of a piece of trace, of the page's width at most: a blot has more."""

_JOINED_FILL, _JOINED_HEIGHT = 0.12, 0.65
"""Rows of traces that touch each other fill this part of their box at most, and their box is
lower than this part of the page: what goes all over the page is a grid."""


def trace_extent(inked: NDArray[np.uint8]) -> Extent | None:
    """Rows and columns between the outermost traces, with a margin; None where none is seen."""
    rows, columns = inked.shape
    found = _traces(inked)
    if not len(found):
        return None
    top = int(found[:, cv2.CC_STAT_TOP].min())
    bottom = int((found[:, cv2.CC_STAT_TOP] + found[:, cv2.CC_STAT_HEIGHT]).max())
    left, right = _sides(found)
    level = _level_rows(inked[:, left:right])
    if len(level):
        top, bottom = min(top, int(level[0])), max(bottom, int(level[-1]) + 1)
    if bottom - top < _LEAST_HEIGHT * rows:
        return None
    if right - left < _LEAST_WIDTH * columns:
        left, right = 0, columns
    v, h = round(_MARGIN_ROWS * rows), round(_MARGIN_COLUMNS * columns)
    return max(0, top - v), max(0, left - h), min(rows, bottom + v), min(columns, right + h)


def _level_rows(inked: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Rows around which there is ink in most columns: a baseline, be it broken into pieces."""
    reach = 2 * round(_LEVEL_REACH * inked.shape[1]) + 1
    near = cv2.dilate(inked, np.ones((reach, 1), np.uint8))
    covered = cv2.reduce(cv2.threshold(near, _INK_LEVEL, 255, 0)[1], 1, cv2.REDUCE_AVG)
    return np.flatnonzero(covered.ravel() >= 255 * _LEVEL_SHARE)


def trace_columns(inked: NDArray[np.uint8]) -> tuple[int, int]:
    """First and last column (exclusive) of the traces themselves, calibration pulses left out.

    Where less than :data:`_LEAST_WIDTH` of the columns are covered, all of them.
    """
    columns = inked.shape[1]
    found = _traces(inked)
    if not len(found):
        return 0, columns
    left, right = _sides(found)
    return (left, right) if right - left >= _LEAST_WIDTH * columns else (0, columns)


def _traces(inked: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Boxes of the pieces of ink that are traces, as OpenCV's component statistics."""
    rows, columns = inked.shape
    half = cv2.dilate(inked, np.ones((2, 2), np.uint8))[::2, ::2]
    mask = cv2.morphologyEx(
        (half > _INK_LEVEL).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8)
    )
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = np.asarray(stats[1:count], dtype=np.int32)
    wide = boxes[:, cv2.CC_STAT_WIDTH]
    high = boxes[:, cv2.CC_STAT_HEIGHT]
    area = boxes[:, cv2.CC_STAT_AREA]
    thin = area < wide * max(4.0, _TRACE_THICKEST * columns / 2)
    joined = (area < _JOINED_FILL * wide * high) & (high < _JOINED_HEIGHT * rows / 2)
    trace = (wide > _TRACE_LEAST_WIDTH * columns / 2) & (high > 3) & (thin | joined)
    return _rows_of_traces(boxes[trace] * 2) if trace.any() else boxes[:0]


def _sides(boxes: NDArray[np.int32]) -> tuple[int, int]:
    left = int(boxes[:, cv2.CC_STAT_LEFT].min())
    return left, int((boxes[:, cv2.CC_STAT_LEFT] + boxes[:, cv2.CC_STAT_WIDTH]).max())


def _rows_of_traces(boxes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Drop pieces whose row is covered far less than the most covered one: a run of letters."""
    top = boxes[:, cv2.CC_STAT_TOP]
    bottom = top + boxes[:, cv2.CC_STAT_HEIGHT]
    beside = (top[:, None] < bottom[None, :]) & (top[None, :] < bottom[:, None])
    covered = (beside * boxes[None, :, cv2.CC_STAT_WIDTH]).sum(axis=1)
    return np.asarray(boxes[covered >= _ROW_SHARE * covered.max()], dtype=np.int32)
