"""Where traces of several rows share their ink: which part of it belongs to which row.

QRS complexes that overlap, or cross another row's trace, leave one tall run of ink in a column.
Each row's part of it lies between where its trace enters the shared ink and where it leaves it;
the ends of the run belong to the rows that lie outermost in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.follow import LEVEL_PENS, Path

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def part_runs(paths: Sequence[Path], pen_px: float) -> list[Path]:
    """Paths that have their own part only of each tall run that others pass through as well.

    A run no taller than a row's own ink beside it stays whole: there two turning points touch.
    """
    if len(paths) < 2:
        return list(paths)
    top = np.stack([path.top for path in paths]).astype(np.float64)
    bottom = np.stack([path.bottom for path in paths]).astype(np.float64)
    shared = _shared(top, bottom, LEVEL_PENS * pen_px)
    if not shared.any():
        return list(paths)
    part_top, part_bottom = top.copy(), bottom.copy()
    whole = np.zeros_like(shared)
    for i in range(len(paths)):
        alone = np.flatnonzero((top[i] >= 0) & ~shared[i])
        at = np.flatnonzero(shared[i])
        if alone.size == 0 or at.size == 0:
            continue
        first = np.interp(at, alone, top[i, alone])
        last = np.interp(at, alone, bottom[i, alone])
        keep = bottom[i, at] - top[i, at] <= last - first
        whole[i, at[keep]] = True
        first, last, at = first[~keep], last[~keep], at[~keep]
        part_top[i, at] = np.clip(np.round(first), top[i, at], bottom[i, at])
        part_bottom[i, at] = np.clip(np.round(last), top[i, at], bottom[i, at])
    buried = _give_ends(part_top, part_bottom, top, bottom, shared, whole)
    return [
        Path(part_top[i].astype(np.int32), part_bottom[i].astype(np.int32), buried[:, i])
        for i in range(len(paths))
    ]


def _shared(top: Array, bottom: Array, tall_px: float) -> Mask:
    """Where a path's run, (row, column), is tall and overlaps another path's."""
    out = np.zeros(top.shape, bool)
    there = top >= 0
    tall = there & (bottom - top + 1 > tall_px)
    for i in range(len(top)):
        for j in range(i):
            meet = there[i] & there[j] & (top[i] <= bottom[j]) & (top[j] <= bottom[i])
            out[i] |= meet & tall[i]
            out[j] |= meet & tall[j]
    return out


def _give_ends(
    part_top: Array, part_bottom: Array, top: Array, bottom: Array, shared: Mask,
    whole: Mask,
) -> Mask:  # fmt: skip
    """The parts that lie outermost in their run extended to its ends, unless a row has it whole.

    Returns which upper and lower borders, (2, row, column), are not such ends.
    """
    buried = np.stack([shared & ~whole] * 2)
    for column in np.flatnonzero(buried[0].any(axis=0)):
        rows = np.flatnonzero(shared[:, column])
        for run in {(top[i, column], bottom[i, column]) for i in rows}:
            inside = [i for i in rows if (top[i, column], bottom[i, column]) == run]
            if whole[inside, column].any():
                continue
            first = min(inside, key=lambda i: part_top[i, column])
            last = max(inside, key=lambda i: part_bottom[i, column])
            part_top[first, column], part_bottom[last, column] = run
            buried[0, first, column] = buried[1, last, column] = False
    return buried
