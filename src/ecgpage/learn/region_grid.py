"""The extent of the grid on a page, without its frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.ink import darkness

Extent = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels."""

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

_FRAME_ABOVE_GRID = 1.4
"""Where the grid itself has lines that dark, a frame is this many times darker than they are."""


def grid_extent(image: NDArray[np.uint8]) -> Extent | None:
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
    across = _whole_lines(dark[:, ends[1] : ends[3]], (ends[0], ends[2]), level)
    along = _whole_lines(dark[ends[0] : ends[2]].T, (ends[1], ends[3]), level)
    low, high = _within_frame(ends[0], ends[2], across)
    near, far = _within_frame(ends[1], ends[3], along)
    v, h = whole_rows / rows, whole_columns / columns
    return round(low * v), round(near * h), round(high * v), round(far * h)


def _whole_lines(
    dark: NDArray[np.uint8], inside: tuple[int, int], level: float
) -> NDArray[np.bool_]:
    """Rows that are a line from end to end, darker than the lines of the grid itself."""
    bound = _FRAME_CONTRAST * level
    lines = _darker_rows(dark, bound)
    inner = np.zeros(len(lines), dtype=np.bool_)
    inner[inside[0] + 2 * _BLOCK : inside[1] - 2 * _BLOCK] = True
    of_grid = np.flatnonzero(lines & inner)
    if len(of_grid) <= 4:
        return lines
    return _darker_rows(dark, _FRAME_ABOVE_GRID * max(bound, float(dark[of_grid].mean())))


def _darker_rows(dark: NDArray[np.uint8], bound: float) -> NDArray[np.bool_]:
    """Rows that are darker than a bound over nearly all of their length."""
    above = cv2.threshold(np.ascontiguousarray(dark), bound, 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.reduce(above, 1, cv2.REDUCE_AVG).ravel() > _FRAME_LEVEL)


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
