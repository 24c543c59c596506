"""Scraps at the ends of leads: a letter, a pulse's leg, a rest of a stroke that a path ran through.

Where a lead begins or ends its path is free to choose, and may take in a mark that stands there
before it leaps onto the trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.runs import INK

REACH_MM = 2.5
"""How near to a lead's end scraps are looked for."""
LEAP_MM = 1.0
"""Bare paper that a path leaps from a scrap onto the trace; strokes are broken by less."""
HOLE_COLUMNS = 8
"""Columns without ink between a scrap and the trace, at most."""


def without_strays(
    paths: Sequence[Path],
    cover: NDArray[np.float32],
    borders_px: Sequence[Sequence[float]],
    px_per_mm: tuple[float, float],
) -> list[Path]:
    """The paths without what lies a leap away from the trace at the ends of its leads.

    ``borders_px``: for each path where its leads begin and end. No leap leads over ink, though a
    path may have left some of it to others.
    """
    out = []
    reach = round(REACH_MM * px_per_mm[1])
    for path, borders in zip(paths, borders_px, strict=True):
        top, bottom = path.top.copy(), path.bottom.copy()
        for border in borders:
            first = int(np.ceil(border))
            after = np.arange(max(first, 0), min(first + reach, len(top)))
            before = np.arange(min(first, len(top)) - 1, max(first - 1 - reach, -1), -1)
            for columns in (after, before):
                gone = _scraps(path, cover, columns, LEAP_MM * px_per_mm[0])
                top[gone] = bottom[gone] = -1
        out.append(replace(path, top=top, bottom=bottom))
    return out


def _scraps(
    path: Path, cover: NDArray[np.float32], columns: NDArray[np.int64], leap_px: float
) -> NDArray[np.int64]:
    """Of columns from a lead's end inwards those before the last leap."""
    there = columns[path.there[columns]] if len(columns) else columns
    if len(there) < 2:
        return there[:0]
    outer, inner = there[:-1], there[1:]
    upper = np.minimum(path.bottom[outer], path.bottom[inner])
    lower = np.maximum(path.top[outer], path.top[inner])
    near = np.abs(inner - outer) <= HOLE_COLUMNS
    for last in np.flatnonzero((lower - upper > leap_px) & near)[::-1]:
        between = cover[upper[last] + 1 : lower[last], [outer[last], inner[last]]]
        if (between <= INK).all(axis=1).sum() > leap_px - 1:
            return there[: last + 1]
    return there[:0]
