"""Lead names that a trace runs through, known from where the other leads' names stand.

A name that its own lead's trace crosses is hard to read, and its letters pass for strokes. But
names stand at one place beside all leads of a page; where most were read, so are the others known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgpage.digitise.tracing.lettering import READ
from ecgpage.digitise.words.printed import Word
from ecgpage.values import LEADS

BEFORE_MM, AFTER_MM, FROM_ROW_MM = 3.0, 10.0, 12.0
"""A name's middle lies so far left and right of its lead's start, and above or below its row."""
SAME_MM = 2.0
"""Names stand this near to their common place: their widths and the rows' baselines differ."""
LEAST, LEAST_SHARE = 3, 0.5
"""Names, and their share of all leads, that must have been read at that place."""


def unread_names(
    words: Sequence[Word], starts_px: Sequence[tuple[float, float]], px_per_mm: tuple[float, float]
) -> list[Word]:
    """Words where names must stand that were not read.

    ``starts_px``: each lead's start, (row of its baseline, column).
    """
    names = [w for w in words if w.text in LEADS]
    sure = [(w.row_px, w.column_px) for w in names if w.score >= READ]
    away = [
        [((y - row) / px_per_mm[0], (x - column) / px_per_mm[1]) for y, x in sure]
        for row, column in starts_px
    ]
    found = [
        (down, right)
        for lead in away
        for down, right in lead
        if abs(down) <= FROM_ROW_MM and -BEFORE_MM <= right <= AFTER_MM
    ]
    if not found:
        return []
    votes = [sum(_any_near(lead, place) for lead in away) for place in found]
    best = found[int(np.argmax(votes))]
    if max(votes) < max(LEAST, LEAST_SHARE * len(starts_px)):
        return []
    near = [place for place in found if _any_near([place], best)]
    down, right = np.median(near, axis=0)
    out = []
    for lead, (row, column) in zip(away, starts_px, strict=True):
        if _any_near(lead, best):
            continue
        y, x = row + down * px_per_mm[0], column + right * px_per_mm[1]
        seen = [
            w for w in names
            if _any_near([((w.row_px - y) / px_per_mm[0], (w.column_px - x) / px_per_mm[1])])
        ]  # fmt: skip
        place = (seen[0].row_px, seen[0].column_px) if seen else (y, x)
        out.append(Word(seen[0].text if seen else "V1", 1.0, float(place[0]), float(place[1])))
    return out


def _any_near(
    places: Sequence[tuple[float, float]], centre: tuple[float, float] = (0.0, 0.0)
) -> bool:
    return any(
        abs(down - centre[0]) <= SAME_MM and abs(right - centre[1]) <= SAME_MM
        for down, right in places
    )
