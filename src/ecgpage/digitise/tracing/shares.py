"""Upright strokes shared out among the courses of traces that meet.

Each course is paid for strokes that no other has taken. Traces yield in the order of what yielding
costs them, so that one that can go straight on leaves a stroke to the one that has no other; other
orders are tried too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Array, Field, Index, Mask, find_courses, turns
from ecgpage.digitise.tracing.kinship import Likely

Claims = NDArray[np.int8]
ROUNDS = 2
"""So often each row looks for its course among the others'."""


def share_courses(
    field: Field, free: Mask, worth: Array, begin: Array, end: Array, turn: float, halo: int,
) -> Index:  # fmt: skip
    """Of :func:`share_ways` the one that explains most strokes with fewest turns."""

    def cost(way: tuple[Index, Claims]) -> float:
        return courses_value(field, free, worth, way[0], way[1], turn)

    return min(share_ways(field, free, worth, begin, end, turn, halo), key=cost)[0]


def share_ways(
    field: Field, free: Mask, worth: Array, begin: Array, end: Array, turn: float, halo: int,
    likely: Likely | None = None,
) -> list[tuple[Index, Claims]]:  # fmt: skip
    """Highest and lowest row of each row's course in each fine column, (row, 2, column), and what
    the courses claim: as many ways as orders were tried.

    ``free``: strokes that are to be shared out; ``worth``: what they are worth to each row,
    (row, column or one for all, height); ``halo``: columns beside a course that are its own;
    ``likely``: what heights are likely together.
    """
    count = len(worth)
    paid = free.astype(np.float32)
    across = _across(field, likely, list(range(count)), None)
    full, spans = find_courses(field, paid[None] * worth, begin, end, turn, across)
    claims = np.stack([claim(span, free.shape, halo) for span in spans])
    total = claims.sum(axis=0)
    if not (free & (total > 1)).any():
        return [(spans, claims)]
    left = np.stack([paid * (total - claims[i] == 0) * worth[i] for i in range(count)])
    without, _ = find_courses(field, left, begin, end, turn, across)
    plain = list(range(count))
    orders = [[int(i) for i in np.argsort(without - full)], plain, plain[::-1]]
    ways = [(spans.copy(), claims.copy()) for _ in orders]
    for step in range(ROUNDS * count):
        who = [order[step % count] for order in orders]
        own = np.stack([
            paid * (held.sum(axis=0) - held[i] == 0) * worth[i]
            for i, (_, held) in zip(who, ways, strict=True)
        ])  # fmt: skip
        across = _across(field, likely, who, [now for now, _ in ways])
        _, found = find_courses(field, own, begin[who], end[who], turn, across)
        for i, span, (now, held) in zip(who, found, ways, strict=True):
            now[i] = span
            held[i] = claim(span, free.shape, halo)
    return ways


def _across(
    field: Field, likely: Likely | None, who: Sequence[int], spans: Sequence[Index] | None
) -> Array | None:
    """What it costs each of some rows to enter a column, where heights are more or less likely."""
    if likely is None:
        return None
    said = [likely.across(i, None if spans is None else spans[k]) for k, i in enumerate(who)]
    return np.stack([field.across + one for one in said])


def claim(span: Index, shape: tuple[int, ...], halo: int) -> Claims:
    """Where a course is, and what lies beside it: 1, elsewhere 0."""
    rows = np.arange(shape[1])
    there = (rows >= span[0][:, None] - 1) & (rows <= span[1][:, None] + 1)
    wide = there.copy()
    for k in range(1, halo + 1):
        wide[k:] |= there[:-k]
        wide[:-k] |= there[k:]
    return np.asarray(wide, np.int8)


def courses_value(
    field: Field, free: Mask, worth: Array, spans: Index, claims: Claims, turn: float
) -> float:
    """What courses cost together, strokes being worth something once."""
    total = np.cumsum(np.pad(field.cost, ((0, 0), (1, 0))), axis=1)
    at = np.arange(len(total))
    cost = sum(float((total[at, low + 1] - total[at, high]).sum()) for high, low in spans)
    paid = (claims * worth).max(axis=0)
    return cost - float((free * paid).sum()) + turn * sum(turns(span) for span in spans)
