"""How wide the pen is across upright strokes, against its thickness where the line runs flat.

A hand that shook downwards makes level lines thick and leaves strokes thin, a copier's threshold
thins what is faint, a printer's dots spread one way: a peak whose tip is taken for a round pen's
comes out too short then, or too tall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.line import USUAL_ACROSS, Line
from ecgpage.digitise.tracing.runs import INK

Array = NDArray[np.float64]
TALL_PENS, INSIDE_PENS = 5.0, 1.5
"""Strokes at least so tall are looked at, this far inside their ends."""
SIDE_PX = 2
"""So many pixels beside a stroke's run may have some of its ink."""
WIDEST_PENS = 2.0
"""What is wider is two strokes."""
MOST, LEAST = 4000, 200
"""Rows of pixels looked at, at most, and without which nothing is known."""
LOW, SINGLE = 10, 25
"""Of the ink in a row of pixels this percentile is one upright stroke's: others lean, or run into
each other. The lower one should not be much less, or strokes are broken."""
BROKEN, DOUBT = 0.3, 0.2
"""Less by the first of these, as a share, says nothing; less by the second less than that, all."""
LIMITS = (0.65, 1.2)


def with_width(lines: Sequence[Line], closed: NDArray[np.float32]) -> list[Line]:
    """The lines of a page, their pen's width across measured on all of them together.

    ``closed``: the ink that they lead through, gaps filled.
    """
    shares = np.concatenate([np.zeros(0), *(_shares(line, closed) for line in lines)])
    if shares.size < LEAST:
        return list(lines)
    low, single = np.percentile(shares, [LOW, SINGLE])
    sure = float(np.clip((BROKEN - (1.0 - low / single)) / DOUBT, 0.0, 1.0))
    across = float(np.clip(USUAL_ACROSS + sure * (single - USUAL_ACROSS), *LIMITS))
    return [replace(line, across=across) for line in lines]


def _shares(line: Line, closed: NDArray[np.float32]) -> Array:
    """Ink in rows of pixels through a line's upright strokes, in thicknesses of the line."""
    pen = line.thickness
    upper, lower = line.upper + INSIDE_PENS * pen, line.lower - INSIDE_PENS * pen
    columns = np.flatnonzero(lower - upper > (TALL_PENS - 2 * INSIDE_PENS) * pen)
    if columns.size == 0 or pen <= 0:
        return np.zeros(0)
    first = upper[columns].astype(np.int64)
    count = np.maximum(lower[columns].astype(np.int64) - first, 0)
    which = np.repeat(np.arange(len(columns)), count)
    rows = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + first[which]
    step = max(1, len(which) // MOST)
    rows, at = rows[::step], columns[which[::step]]
    half = int(np.ceil(WIDEST_PENS * pen)) + 1
    wide = half + SIDE_PX
    beside = at[:, None] + np.arange(-wide, wide + 1)
    inside = (beside >= 0) & (beside < closed.shape[1])
    ink = np.where(inside, closed[rows[:, None], np.clip(beside, 0, closed.shape[1] - 1)], 0.0)
    there = ink > INK
    left = np.argmin(there[:, wide::-1], axis=1)
    right = np.argmin(there[:, wide:], axis=1)
    whole = (left > 0) & (right > 0) & (left + right - 1 <= half)
    _, once = np.unique(rows * 2 * closed.shape[1] + at - left, return_index=True)
    pick = once[whole[once]]
    place = np.arange(-wide, wide + 1)
    own = (place > -left[pick, None] - SIDE_PX) & (place < right[pick, None] + SIDE_PX)
    return np.asarray((ink[pick] * own).sum(axis=1) / pen, np.float64)
