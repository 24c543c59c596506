"""The short upright strokes that part columns: where they stand, and the ink without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
Image = NDArray[np.float32]
Shape = tuple[NDArray[np.bool_], int]
"""A stroke's own pixels, and the row of the band that they begin in."""
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

RIM_MM, RIM_WEIGHT = 0.4, 0.5
FULL, DOWN_MM = 0.8, 1.0
"""Where a stroke stands its shape is full of ink, at least so far, and the paper beside it is not;
it stands in each row at the same height, but for this distance."""
BESIDE_MM = 0.6
"""Upright ink at one border alone, further from it than this, is flanks and no stroke."""
AWAY, ALIGN_PX = 0.02, 4
"""What a pixel away from the others' place costs, as a share of ink, and how far borders that were
not settled yet are moved onto each other."""


def bar_mask(
    ink: Image, rows: Sequence[TracedRow], border_px: float, px_per_mm: tuple[float, float]
) -> tuple[NDArray[np.bool_], int]:
    """The pixels of the stroke at a border, as seen from a row's baseline, and the first column.

    Shape (height of the band, columns around the border). What the rows have in common at the
    same height is the stroke; the traces that pass there differ from row to row.
    """
    strokes, first = _strokes(ink, rows, border_px, px_per_mm)
    return _in_common(strokes, px_per_mm), first


def _in_common(
    strokes: Sequence[NDArray[np.uint8]], px_per_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """The stroke of a border of which each row's upright strokes are given."""
    grown = [cv2.dilate(s, np.ones((5, 1), np.uint8)) for s in strokes]
    return _one_stroke(np.mean(np.stack(grown), axis=0), px_per_mm)


def _strokes(
    ink: Image, rows: Sequence[TracedRow], border_px: float, px_per_mm: tuple[float, float]
) -> tuple[list[NDArray[np.uint8]], int]:
    """Upright strokes near a border in the band of each row, and the band's first column."""
    half, reach = int(BAND_MM * px_per_mm[0]), int(np.ceil(REACH_MM * px_per_mm[1]))
    first = round(border_px) - reach
    upright = np.ones((max(3, int(STROKE_MM * px_per_mm[0])), 1), np.uint8)
    out = []
    for row in rows:
        patch = cut_out(ink, round(row.row.baseline_px) - half, 2 * half + 1, first, 2 * reach + 1)
        opened = cv2.morphologyEx((patch > 0.45).astype(np.uint8), cv2.MORPH_OPEN, upright)
        out.append(np.asarray(opened, np.uint8))
    return out, first


def _one_stroke(share: Array, px_per_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Where enough rows have ink, if that is one stroke with level ends; else nothing."""
    common = share >= COMMON
    tall = common.sum(axis=0)
    common[:, tall < TALL * tall.max()] = False
    if not _level_ends(common, ENDS_MM * px_per_mm[0]):
        common[:] = False
    return np.asarray(common)


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


def cut_out(ink: NDArray[Any], top: int, rows: int, left: int, columns: int) -> NDArray[Any]:
    """A part of a picture, which may reach beyond it: there it is 0."""
    out = np.zeros((rows, columns), ink.dtype)
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
        patch = cut_out(ink, round(row.row.baseline_px) - half, mask.shape[0], first, mask.shape[1])
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
    """Cover without the strokes at the borders; the traces beside and between them stay.

    A stroke that QRS complexes hide at one border looks as it does at the others; on bent paper
    it stands a little elsewhere in each row.
    """
    out = cover
    seen = [_strokes(cover, rows, border, px_per_mm) for border in borders_px]
    shape = _common_shape([strokes for strokes, _ in seen], px_per_mm)
    for border, (strokes, first) in zip(borders_px, seen, strict=True):
        mask = _in_common(strokes, px_per_mm)
        columns = np.flatnonzero(mask.any(axis=0))
        away_px = abs(first + columns.mean() - border) if columns.size else 0.0
        if shape is None and away_px > BESIDE_MM * px_per_mm[1]:
            continue
        tops = [round(row.row.baseline_px) - mask.shape[0] // 2 for row in rows]
        gone = [mask] * len(rows)
        if shape is not None:
            patches = [cut_out(cover, top, mask.shape[0], first, mask.shape[1]) for top in tops]
            where = _place(np.mean(patches, axis=0), shape, None, px_per_mm)
            found = [_place(patch, shape, where, px_per_mm) for patch in patches]
            gone = [mask if at is None else _standing(shape[0], at, mask.shape) for at in found]
        for top, stroke in zip(tops, gone, strict=True):
            if stroke.any():
                out = cover.copy() if out is cover else out
                _clear(out, stroke, top, first)
    return out


def _common_shape(
    strokes: Sequence[Sequence[NDArray[np.uint8]]], px_per_mm: tuple[float, float]
) -> Shape | None:
    """The stroke that all borders have in common, and the row of the band that it begins in."""
    means = [np.mean(s, axis=0) for s in strokes]
    if not means:
        return None
    total = means[0].copy()
    for mean in means[1:]:
        reach = min(ALIGN_PX, mean.shape[1] - 1)
        total += max(
            (np.roll(mean, k, axis=1) for k in range(-reach, reach + 1)),
            key=lambda moved: float((moved * means[0]).sum()),
        )
    mask = _one_stroke(total / len(means), px_per_mm)
    if not mask.any():
        return None
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if down[-1] - down[0] + 1 < STROKE_MM * px_per_mm[0]:
        return None  # what flanks of QRS complexes have in common is short
    return mask[down[0] : down[-1] + 1, across[0] : across[-1] + 1], int(down[0])


def _place(
    patch: Image, shape: Shape, near: tuple[int, int] | None, px_per_mm: tuple[float, float]
) -> tuple[int, int] | None:
    """First row and column of the stroke where it fits the ink best, None where it fits nowhere.

    It is full of ink, and there is less beside it. ``near``: where the other rows have it.
    """
    stroke, top = shape
    rim = max(1, round(RIM_MM * px_per_mm[1]))
    if stroke.shape[1] + 2 * rim > patch.shape[1]:
        return None
    inside = np.pad(stroke, ((0, 0), (rim, rim))).astype(np.float32)
    beside = 1.0 - inside
    seen = patch.astype(np.float32)
    full = cv2.matchTemplate(seen, inside / inside.sum(), cv2.TM_CCORR)
    pale = cv2.matchTemplate(seen, beside / beside.sum(), cv2.TM_CCORR)
    down, across = np.indices(full.shape)
    middle = (top, None) if near is None else near
    away_px = np.abs(down - middle[0]).astype(np.float64)
    if middle[1] is not None:
        away_px += np.abs(across + rim - middle[1])
    score = full - RIM_WEIGHT * pale - AWAY * away_px
    score[(full < FULL) | (np.abs(down - top) > DOWN_MM * px_per_mm[0])] = -1.0
    if score.max() <= 0.0:
        return None
    at = np.unravel_index(int(score.argmax()), score.shape)
    return int(at[0]), int(at[1]) + rim


def _standing(
    stroke: NDArray[np.bool_], at: tuple[int, int], band: tuple[int, ...]
) -> NDArray[np.bool_]:
    out = np.zeros(band, bool)
    out[at[0] : at[0] + stroke.shape[0], at[1] : at[1] + stroke.shape[1]] = stroke
    return out


def _clear(cover: Image, mask: NDArray[np.bool_], top: int, first: int) -> None:
    """Take a stroke and its pale sides out."""
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    a, b = max(0, top), min(cover.shape[0], top + mask.shape[0])
    c, d = max(0, first), min(cover.shape[1], first + mask.shape[1])
    cover[a:b, c:d][grown[a - top : b - top, c - first : d - first]] = 0.0
