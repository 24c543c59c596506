"""Ink as vertical runs: for each column of the sheet, where ink starts and ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

INK = 0.4
"""A pixel belongs to a run where ink covers this much of it."""


BRIDGE_MM = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs sorted by column: ``column``, ``top`` and ``bottom`` (last row) have shape (n,)."""

    column: NDArray[np.int32]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]


def without_specks(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Cover without blobs smaller than 0.8 mm in both directions: remains of the grid."""
    mask = (cover > INK * 0.6).astype(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] < 0.8 * px_per_mm[1]) & (
        stats[:, cv2.CC_STAT_HEIGHT] < 0.8 * px_per_mm[0]
    )
    small[0] = False
    del count
    out = cover.copy()
    out[small[label]] = 0.0
    return out


def without_gaps(cover: NDArray[np.float32], px_per_mm: tuple[float, float]) -> NDArray[np.float32]:
    """Cover with gaps up to the width of a grid line, which cuts strokes, filled downwards."""
    gap = max(3, round(BRIDGE_MM * px_per_mm[0]) + 1)
    return np.asarray(cv2.morphologyEx(cover, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8)))


def find_runs(closed: NDArray[np.float32]) -> Runs:
    """All vertical runs of ink of a cover without gaps."""
    mask = np.ascontiguousarray((closed > INK).astype(np.uint8).T)
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    column, top = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return Runs(column.astype(np.int32), top.astype(np.int32), (end - 1).astype(np.int32))
