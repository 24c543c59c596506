"""The cheapest courses of pens through a small field of ink, column by column.

A course goes from left to right and, within each column, up or down as far as it likes. What it
passes costs something or is worth something; so does turning round from up to down. Dynamic
programming over (column, row, direction); within a column the best place to come from is a running
minimum (Bellman R. Dynamic Programming. Princeton 1957).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.compiled import compiled

Array = NDArray[np.float32]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What passing costs, shape (column, row).

    ``cost``: of each pixel that is passed; ``across``: more, where a column is entered;
    ``track``: where upright strokes run.
    """

    cost: Array
    across: Array
    track: Mask


def find_courses(
    field: Field, worth: Array, begin: Array, end: Array, turn: float, across: Array | None = None
) -> tuple[NDArray[np.float64], Index]:
    """What each course costs, and its highest and lowest row in each column.

    ``worth``, (course, column, row), is paid for what is passed; ``begin`` and ``end``,
    (course, row), are what it costs to start and to end there; ``turn``: what turning round costs;
    ``across``: the field's for each course, if they are not the same. Returns shapes (course,)
    and (course, 2, column).
    """
    count, columns, _ = worth.shape
    spent = np.zeros(count)
    spans = np.zeros((count, 2, columns), np.int64)
    walk = compiled(_walk)
    for i in range(count):
        spent[i] = walk(
            field.cost, field.across if across is None else across[i], worth[i], begin[i], end[i],
            np.float32(turn), spans[i],
        )  # fmt: skip
    return spent, spans


def _walk(
    price: Array, across: Array, worth: Array, begin: Array, end: Array, turn: np.float32,
    span: Index,
) -> float:  # fmt: skip
    """One course, written into ``span``, and what it costs.

    ``from_above[c, y]``: the row at which a course enters the column that has come down to ``y``;
    ``turned_down[c, y]``: whether one that goes down from there came up before. The same upward.
    """
    columns, height = worth.shape
    from_above = np.empty((columns, height), np.int32)
    from_below = np.empty((columns, height), np.int32)
    turned_down = np.empty((columns, height), np.bool_)
    turned_up = np.empty((columns, height), np.bool_)
    upward, downward = begin.astype(np.float32), begin.astype(np.float32)
    total = np.empty(height, np.float32)
    up_key, down_key = np.empty(height, np.float32), np.empty(height, np.float32)
    for c in range(columns):
        passed = np.float32(0.0)
        least, place = np.float32(np.inf), 0
        for y in range(height):
            pixel = price[c, y] - worth[c, y]
            passed += pixel
            total[y] = passed
            up, down = upward[y] + across[c, y], downward[y] + across[c, y]
            turned_up[c, y], turned_down[c, y] = down + turn < up, up + turn < down
            down_key[y] = min(down, up + turn) + pixel - passed
            up_key[y] = min(up, down + turn) + passed
            if down_key[y] < least:
                least, place = down_key[y], y
            from_above[c, y] = place
            downward[y] = passed + least
        least, place = np.float32(np.inf), height - 1
        for y in range(height - 1, -1, -1):
            if up_key[y] <= least:
                least, place = up_key[y], y
            from_below[c, y] = place
            upward[y] = price[c, y] - worth[c, y] - total[y] + least
    upward, downward = upward + end, downward + end
    going_up = upward.min() < downward.min()
    at = upward.argmin() if going_up else downward.argmin()
    spent = min(upward.min(), downward.min())
    for c in range(columns - 1, -1, -1):
        if going_up:
            came = from_below[c, at]
            span[0, c], span[1, c] = at, came
            going_up = not turned_up[c, came]
        else:
            came = from_above[c, at]
            span[0, c], span[1, c] = came, at
            going_up = turned_down[c, came]
        at = came
    return float(spent)


def turns(span: Index) -> int:
    """How often a course, (2, column), turns from up to down or back."""
    steps = np.sign(np.diff(span.sum(axis=0)))
    steps = steps[steps != 0]
    return int((steps[1:] != steps[:-1]).sum())
