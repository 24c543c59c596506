"""Holes in a trace where ink is: a stroke that its path has passed by.

A path leaves a hole where a stroke is dear to reach: a deep S wave that ends beyond the next row's
baseline, a flank that the grid has broken or that runs through a printed name. The trace is known
on both sides, so its course is sought through whatever ink lies between, and taken where there is
ink nearly all along it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Array, Index, Mask, find_courses
from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.runs import INK
from ecgpage.digitise.tracing.untangle import FINE_PEN, MOST_FINE, TURN_MM, find_field

LEAST_COLUMNS = 2
WIDEST_MM = 8.0
"""Holes wider than this are no QRS complexes."""
PAD_COLUMNS = 1
"""The course sets out this far before the hole: there the path may have begun to go astray."""
FAR_MM = 70.0
"""Nothing further than this from the trace's level is looked at."""
BARE_SHARE, BARE_MM = 0.2, 1.0
"""A course may cross bare paper for this share of its height and this much more."""


@dataclass(frozen=True, slots=True, eq=False)
class Spare:
    """Ink that may have been taken for print, none of it in the columns that are ``barred``."""

    cover: NDArray[np.float32]
    barred: Mask

    def part(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """What of it lies in a part of the sheet."""
        return np.where(self.barred[columns], np.float32(0.0), self.cover[rows, columns])


def fill_holes(
    paths: Sequence[Path],
    cover: NDArray[np.float32],
    px_per_mm: tuple[float, float],
    pen_px: float,
    leads_px: Sequence[Sequence[float]],
    spare: Spare | None = None,
) -> tuple[list[Path], Callable[[NDArray[np.float32]], NDArray[np.float32]]]:
    """The paths with their holes filled where ink leads over them, and what restores that ink.

    ``cover``: without gaps; ``leads_px``: for each path where its leads begin and end; the second
    value puts ``spare`` ink back into a cover where a path now leads through it.
    """
    out = [replace(path, top=path.top.copy(), bottom=path.bottom.copy()) for path in paths]
    for i, borders in enumerate(leads_px):
        edges = [int(np.clip(np.ceil(b), 0, cover.shape[1])) for b in borders]
        for begin, stop in pairwise(edges):
            there = np.flatnonzero(out[i].there[begin:stop]) + begin
            if len(there) < 2:
                continue
            steps = np.diff(there)
            for j in np.flatnonzero((steps > LEAST_COLUMNS) & (steps < WIDEST_MM * px_per_mm[1])):
                _fill(out, i, (int(there[j]), int(there[j + 1])), (cover, spare), px_per_mm, pen_px)
    return out, lambda seen: seen if spare is None else _restored(seen, spare, paths, out)


def _restored(
    cover: NDArray[np.float32],
    spare: Spare,
    before: Sequence[Path],
    after: Sequence[Path],
) -> NDArray[np.float32]:
    """A cover with the spare ink where paths have been led through it since."""
    out = cover
    for old, new in zip(before, after, strict=True):
        for c in np.flatnonzero((new.top >= 0) & (new.top != old.top)):
            out = cover.copy() if out is cover else out
            part = slice(max(new.top[c] - 1, 0), new.bottom[c] + 2)
            one = slice(c, c + 1)
            out[part, one] = np.maximum(out[part, one], spare.part(part, one))
    return out


def _fill(
    paths: Sequence[Path], row: int, ends: tuple[int, int],
    ink: tuple[NDArray[np.float32], Spare | None], px_per_mm: tuple[float, float], pen_px: float,
) -> None:  # fmt: skip
    """Write the course from one inked column to another into a path, if it is one."""
    (before, after), (cover, spare) = ends, ink
    path = paths[row]
    x0 = before
    while x0 > max(before - PAD_COLUMNS, 0) and path.top[x0 - 1] >= 0:
        x0 -= 1
    x1 = after
    while x1 < min(after + PAD_COLUMNS, len(path.top) - 1) and path.top[x1 + 1] >= 0:
        x1 += 1
    level = _middle(path, path.there)
    y0 = max(0, int(level - FAR_MM * px_per_mm[0]))
    y1 = min(len(cover), int(level + FAR_MM * px_per_mm[0]) + 1)
    crop = cover[y0:y1, x0 : x1 + 1]
    if spare is not None:
        crop = np.maximum(crop, spare.part(slice(y0, y1), slice(x0, x1 + 1)))
    fine = int(np.clip(np.ceil(FINE_PEN / pen_px), 1, MOST_FINE))
    field = find_field(crop, fine, pen_px)
    taken = _taken(paths, row, (x0, x1 + 1), (y0, y1))
    begin = _fixed(path, x0, y0, y1 - y0)
    end = _fixed(path, x1, y0, y1 - y0)
    worth = (field.track & ~np.repeat(taken.T, fine, axis=0)).astype(np.float32)
    _, spans = find_courses(field, worth[None], begin[None], end[None], TURN_MM * px_per_mm[0])
    high, low = in_columns(spans[0], fine)
    if not inked(crop, high, low, px_per_mm[0]):
        return
    for c in range(before + 1 - x0, after - x0):
        a, b = ink_passed(crop[:, c] > INK, int(high[c]), int(low[c]))
        path.top[x0 + c], path.bottom[x0 + c] = (a + y0, b + y0) if a >= 0 else (-1, -1)


def _middle(path: Path, where: Mask) -> float:
    return float(np.median((path.top + path.bottom)[where])) / 2


def _fixed(path: Path, column: int, y0: int, height: int) -> Array:
    """What starting or ending costs at each height: nothing on the path's ink, else too much."""
    at = np.arange(height) + y0
    inside = (at >= path.top[column]) & (at <= path.bottom[column])
    return np.where(inside, 0.0, 1e6).astype(np.float32)


def _taken(
    paths: Sequence[Path], row: int, columns: tuple[int, int], rows: tuple[int, int]
) -> Mask:
    """Pixels of a part of the sheet, (row, column), that other paths pass through."""
    at = np.arange(*rows)[:, None]
    out = np.zeros((rows[1] - rows[0], columns[1] - columns[0]), bool)
    part = slice(*columns)
    for k, other in enumerate(paths):
        if k != row:
            out |= (at >= other.top[part]) & (at <= other.bottom[part]) & (other.top[part] >= 0)
    return out


def in_columns(span: Index, fine: int) -> Index:
    """Highest and lowest row of a course, (2, fine column), in each column."""
    each = span.reshape(2, -1, fine)
    return np.stack([each[0].min(axis=1), each[1].max(axis=1)])


def inked(crop: NDArray[np.float32], high: Index, low: Index, px_per_mm: float) -> bool:
    """Whether a course has ink nearly all along."""
    rows = np.arange(len(crop))[:, None]
    passed = (rows >= high) & (rows <= low)
    bare = passed & (np.maximum(crop, _beside(crop)) <= INK)
    return bool(bare.sum() <= BARE_MM * px_per_mm + BARE_SHARE * passed.sum())


def _beside(crop: NDArray[np.float32]) -> NDArray[np.float32]:
    """The most ink of each pixel's left and right neighbours."""
    wide = np.pad(crop, ((0, 0), (1, 1)))
    return np.maximum(wide[:, :-2], wide[:, 2:])


def ink_passed(ink: Mask, high: int, low: int) -> tuple[int, int]:
    """The ink of a column that a course passes, out to where it ends; -1 where there is none."""
    inside = np.flatnonzero(ink[high : low + 1])
    if inside.size == 0:
        return -1, -1
    a, b = high + int(inside[0]), high + int(inside[-1])
    while a > 0 and ink[a - 1]:
        a -= 1
    while b < len(ink) - 1 and ink[b + 1]:
        b += 1
    return a, b
