"""The cheapest courses of pens through a small field of ink, column by column.

A course goes from left to right and, within each column, up or down as far as it likes. What it
passes costs something or is worth something; so does turning round from up to down. Dynamic
programming over (column, row, direction); within a column the best place to come from is a running
minimum, so that a column takes a few steps over all its rows (Bellman R. Dynamic Programming.
Princeton 1957).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    field: Field, worth: Array, begin: Array, end: Array, turn: float
) -> tuple[NDArray[np.float64], Index]:
    """What each course costs, and its highest and lowest row in each column.

    ``worth``, (course, column, row), is paid for what is passed; ``begin`` and ``end``,
    (course, row), are what it costs to start and to end there; ``turn``: what turning round costs.
    Returns shapes (course,) and (course, 2, column).
    """
    count, columns, height = worth.shape
    keys_up = np.empty((columns, count, height), np.float32)
    keys_down = np.empty_like(keys_up)
    turned_up = np.empty(keys_up.shape, bool)
    turned_down = np.empty_like(turned_up)
    upward = begin.astype(np.float32)
    downward = upward
    for c in range(columns):
        pixel = field.cost[c] - worth[:, c]
        total = np.cumsum(pixel, axis=1)
        up, down = upward + field.across[c], downward + field.across[c]
        np.less(down + turn, up, out=turned_up[c])
        np.less(up + turn, down, out=turned_down[c])
        np.subtract(np.minimum(down, up + turn) + pixel, total, out=keys_down[c])
        np.add(np.minimum(up, down + turn), total, out=keys_up[c])
        downward = total + np.minimum.accumulate(keys_down[c], axis=1)
        upward = pixel - total + np.minimum.accumulate(keys_up[c][:, ::-1], axis=1)[:, ::-1]
    upward, downward = upward + end, downward + end
    spent = np.minimum(upward.min(axis=1), downward.min(axis=1)).astype(np.float64)
    spans = np.zeros((count, 2, columns), np.int64)
    for i in range(count):
        up_now = bool(upward[i].min() < downward[i].min())
        at = int((upward if up_now else downward)[i].argmin())
        for c in range(columns - 1, -1, -1):
            if up_now:
                came = at + int(keys_up[c, i, at:].argmin())
                spans[i, :, c] = at, came
                up_now = not turned_up[c, i, came]
            else:
                came = int(keys_down[c, i, : at + 1].argmin())
                spans[i, :, c] = came, at
                up_now = bool(turned_down[c, i, came])
            at = came
    return spent, spans


def turns(span: Index) -> int:
    """How often a course, (2, column), turns from up to down or back."""
    steps = np.sign(np.diff(span.sum(axis=0)))
    steps = steps[steps != 0]
    return int((steps[1:] != steps[:-1]).sum())
