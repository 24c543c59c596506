"""The short upright strokes that part columns: where they stand, and the ink without them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.extents import TracedRow

Array = NDArray[np.float64]
Image = NDArray[np.float32]
BAND_MM = 9.0
REACH_MM = 1.2
STROKE_MM = 1.8
ENDS_MM, LEVEL_SHARE = 0.5, 0.6
"""A stroke's columns end within this distance of each other, at least this share of them."""
COMMON = 0.6
"""Share of the rows in which a stroke must stand at the same place."""

TALL = 0.6
"""Columns of the stroke are at least this tall against its tallest; flanks of QRS complexes that
pass at the same place in several rows are shorter."""


def bar_mask(
    ink: Image, rows: Sequence[TracedRow], border_px: float, px_per_mm: tuple[float, float]
) -> tuple[NDArray[np.bool_], int]:
    """The pixels of the stroke at a border, as seen from a row's baseline, and the first column.

    Shape (height of the band, columns around the border). What the rows have in common at the
    same height is the stroke; the traces that pass there differ from row to row.
    """
    half, reach = int(BAND_MM * px_per_mm[0]), int(np.ceil(REACH_MM * px_per_mm[1]))
    first = round(border_px) - reach
    upright = np.ones((max(3, int(STROKE_MM * px_per_mm[0])), 1), np.uint8)
    patches = []
    for row in rows:
        patch = _patch(ink, round(row.row.baseline_px) - half, 2 * half + 1, first, 2 * reach + 1)
        strokes = cv2.morphologyEx((patch > 0.45).astype(np.uint8), cv2.MORPH_OPEN, upright)
        patches.append(cv2.dilate(strokes, np.ones((5, 1), np.uint8)))
    common = np.mean(np.stack(patches), axis=0) >= COMMON
    tall = common.sum(axis=0)
    common[:, tall < TALL * tall.max()] = False
    if not _level_ends(common, ENDS_MM * px_per_mm[0]):
        common[:] = False
    return np.asarray(common), first


def _level_ends(mask: NDArray[np.bool_], reach_px: float) -> bool:
    """Whether most columns of a stroke start and end at the same height, as slanted flanks don't.

    QRS complexes that fall on a border in several rows at once are no stroke.
    """
    columns = np.flatnonzero(mask.any(axis=0))
    if columns.size == 0:
        return False
    top = mask[:, columns].argmax(axis=0)
    bottom = mask.shape[0] - mask[::-1, columns].argmax(axis=0)
    level = np.abs(top - np.median(top)) <= reach_px
    level &= np.abs(bottom - np.median(bottom)) <= reach_px
    return bool(level.mean() >= LEVEL_SHARE)


def _patch(ink: Image, top: int, rows: int, left: int, columns: int) -> Image:
    out = np.zeros((rows, columns), np.float32)
    a, b = max(0, top), min(ink.shape[0], top + rows)
    c, d = max(0, left), min(ink.shape[1], left + columns)
    if a < b and c < d:
        out[a - top : b - top, c - left : d - left] = ink[a:b, c:d]
    return out


def bar_centre(
    ink: Image, rows: Sequence[TracedRow], border_px: float, px_per_mm: tuple[float, float]
) -> float | None:
    """Centre column of the stroke near a border, None where the rows share none."""
    if len(rows) < 2:
        return None
    mask, first = bar_mask(ink, rows, border_px, px_per_mm)
    if not mask.any():
        return None
    half = mask.shape[0] // 2
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((1, 3), np.uint8)) > 0
    mass = np.zeros(mask.shape[1])
    for row in rows:
        patch = _patch(ink, round(row.row.baseline_px) - half, mask.shape[0], first, mask.shape[1])
        mass += np.where(wide, patch, 0.0).sum(axis=0)
    best = int(np.argmax(mass))
    near = np.abs(np.arange(len(mass)) - best) <= max(2.0, 0.5 * px_per_mm[1])
    weight = np.where(near, mass, 0.0)
    return float(first + (weight * np.arange(len(mass))).sum() / weight.sum())


def without_bars(
    cover: Image,
    rows: Sequence[TracedRow],
    borders_px: Sequence[float],
    px_per_mm: tuple[float, float],
) -> Image:
    """Cover without the strokes at the borders; the traces beside and between them stay."""
    out = cover
    for border in borders_px:
        mask, first = bar_mask(cover, rows, border, px_per_mm)
        if not mask.any():
            continue
        if out is cover:
            out = cover.copy()
        grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        half = mask.shape[0] // 2
        for row in rows:
            top = round(row.row.baseline_px) - half
            a, b = max(0, top), min(cover.shape[0], top + mask.shape[0])
            c, d = max(0, first), min(cover.shape[1], first + mask.shape[1])
            out[a:b, c:d][grown[a - top : b - top, c - first : d - first]] = 0.0
    return out
