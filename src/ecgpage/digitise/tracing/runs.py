"""Ink as vertical runs: for each column of the sheet, where ink starts and ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.components import find_components

Index = NDArray[np.integer]
INK = 0.4
"""A pixel belongs to a run where ink covers this much of it."""


BRIDGE_MM = 0.35
PIECE_PENS, BROKEN_MM = 1.2, 1.0
"""Runs at least so tall, with no more paper between them, may be pieces of one upright stroke;
specks between them do not count."""
TALL_PENS, TALL_BROKEN_MM = 4.0, 2.0
"""Such tall ones may lie further apart: level pieces do so where one lead leaps to the next."""
BLOB_MM = 2.0
"""No pen fills a square of this size, nor do the flanks of a QRS complex: a table, a finger."""
LEVEL_MM = 1.2
"""A run taller than this is no level line."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs sorted by column: ``column``, ``top``, ``bottom`` (last row), ``mass`` (sum of cover).

    Pieces of a broken stroke are there each and together; ``gap`` is the bare paper between
    them, in pixels. All have shape (n,); ``pen_px``: how much ink a level line leaves in a
    column.
    """

    column: NDArray[np.int32]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    mass: NDArray[np.float64]
    gap: NDArray[np.int32]
    pen_px: float


def without_specks(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without blobs smaller than 0.8 mm in both directions: remains of the grid."""
    mask = (cover > INK * 0.6).view(np.uint8)
    label, stats = find_components(mask)
    small = (stats[:, cv2.CC_STAT_WIDTH] < 0.8 * px_per_mm[1]) & (
        stats[:, cv2.CC_STAT_HEIGHT] < 0.8 * px_per_mm[0]
    )
    small[0] = False
    inked = np.flatnonzero(mask.view(bool))
    out = cover.copy()
    out.ravel()[inked[small[label.ravel()[inked]]]] = 0.0
    return out


def without_blobs(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without what is filled over :data:`BLOB_MM` both ways."""
    size = (max(3, round(BLOB_MM * px_per_mm[0])), max(3, round(BLOB_MM * px_per_mm[1])))
    kernel = np.ones(size, np.uint8)
    core = cv2.erode((cover > INK).astype(np.uint8), kernel)
    if not core.any():
        return cover
    blob = cv2.dilate(core, np.ones((size[0] + 2, size[1] + 2), np.uint8))
    return np.where(blob > 0, np.float32(0.0), cover)


def without_gaps(cover: NDArray[np.float32], px_per_mm: tuple[float, float]) -> NDArray[np.float32]:
    """Cover with gaps up to the width of a grid line, which cuts strokes, filled downwards."""
    gap = max(3, round(BRIDGE_MM * px_per_mm[0]) + 1)
    return np.asarray(cv2.morphologyEx(cover, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8)))


def find_runs(closed: NDArray[np.float32], px_per_mm: float) -> Runs:
    """All vertical runs of ink of a cover without gaps."""
    rows, columns = closed.shape
    flat = np.zeros(columns * (rows + 1) + 1, bool)  # column after column, paper between them
    flat[1:].reshape(columns, rows + 1)[:, :rows] = cv2.transpose((closed > INK).view(np.uint8))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    column, top = np.divmod(edges[::2], rows + 1)
    end = edges[1::2] - column * (rows + 1)
    mass = column_sums(closed, top, end, column)
    pen = _pen(mass[end - top < LEVEL_MM * px_per_mm])
    found = Runs(
        column.astype(np.int32), top.astype(np.int32), (end - 1).astype(np.int32), mass,
        np.zeros(len(column), np.int32), pen,
    )  # fmt: skip
    return _with_chains(found, px_per_mm)


def column_sums(
    cover: NDArray[np.float32], top: Index, end: Index, column: Index
) -> NDArray[np.float64]:
    """Sum of cover over rows ``top`` to ``end - 1`` of a column, for many such pieces."""
    rows, which = pieces_rows(top, end)
    value = cover[rows, column[which]].astype(np.float64)
    return np.asarray(np.bincount(which, value, minlength=len(top)), np.float64)


def pieces_rows(top: Index, end: Index) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All rows of pieces of columns, one after the other, and the number of the piece of each."""
    length = end.astype(np.int64) - top
    which = np.repeat(np.arange(len(length)), length)
    first = np.cumsum(length) - length
    return np.arange(len(which)) + (top - first)[which], which


def _with_chains(runs: Runs, px_per_mm: float) -> Runs:
    """The runs, and upright strokes whose pieces stand one below the other as one run each."""
    piece = np.flatnonzero(runs.mass >= PIECE_PENS * runs.pen_px)
    gap = runs.top[piece[1:]] - runs.bottom[piece[:-1]] - 1
    joined = runs.column[piece[1:]] == runs.column[piece[:-1]]
    tall = runs.mass[piece] >= TALL_PENS * runs.pen_px
    wide = np.where(tall[1:] & tall[:-1], TALL_BROKEN_MM, BROKEN_MM)
    joined &= gap <= wide * px_per_mm
    edges = np.flatnonzero(np.diff(np.concatenate([[0], joined.astype(np.int8), [0]])))
    if edges.size == 0:
        return runs
    first, last = piece[edges[::2]], piece[edges[1::2]]
    mass = np.concatenate([[0.0], np.cumsum(runs.mass)])
    gaps = np.concatenate([[0], np.cumsum(gap)])
    between = gaps[edges[1::2]] - gaps[edges[::2]]
    column = np.concatenate([runs.column, runs.column[first]])
    order = np.argsort(column, kind="stable")
    return Runs(
        column[order],
        np.concatenate([runs.top, runs.top[first]])[order],
        np.concatenate([runs.bottom, runs.bottom[last]])[order],
        np.concatenate([runs.mass, mass[last + 1] - mass[first]])[order],
        np.concatenate([runs.gap, between.astype(np.int32)])[order],
        runs.pen_px,
    )


def _pen(mass: NDArray[np.float64]) -> float:
    """Ink in a column of most of what is level: the median by ink of short runs."""
    if mass.size == 0:
        return 1.0
    order = np.sort(mass)
    total = np.cumsum(order)
    return max(float(order[np.searchsorted(total, total[-1] / 2)]), 1.0)
