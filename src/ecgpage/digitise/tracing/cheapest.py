"""The cheapest way of each row's trace through its choices, column by column (compiled).

Dynamic programming over (column, choice) (Bellman R. Dynamic Programming. Princeton 1957), as
:mod:`ecgpage.digitise.tracing.follow` needs it: what costs is said there, here it is only added
up. Two more states have no ink: one that remembers where the trace was last, and a fresh one that a
path enters where a new lead begins. A path may also come from ink a few columns before, over a
hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.compiled import compiled

Array = NDArray[np.float64]
Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
CHOICES = 7
GHOST, FRESH = CHOICES, CHOICES + 1
SKIP = 3
"""A path may come from ink so many columns before: over holes that print or grid have left."""
NEVER = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What a way is made of, for each row.

    ``top``, ``bottom``: runs of ink, (row, column, choice), -1 where there is none; ``own``:
    what each costs; ``miss``: what a column without ink costs, (row, column); ``price``: what
    leaping a pixel costs; ``anew``: rows of pixels, (row, 2), between which a lead may start;
    ``start``: between which the page's first one may; ``breaks``: first columns of further leads.
    """

    top: Rows
    bottom: Rows
    own: Array
    miss: Array
    price: Array
    anew: Array
    start: Array
    breaks: Mask

    def of(self, rows: Sequence[int]) -> Steps:
        """Those of some rows alone."""
        some = list(rows)
        return Steps(*(getattr(self, field.name)[some] for field in fields(self)))


def cheapest(steps: Steps, skip_px: float) -> tuple[Rows, Array]:
    """Choice taken in each column, and what the path has cost up to it, shape (row, column).

    ``CHOICES`` or more means none. ``skip_px``: the height that may lie between the sides of a
    hole; below 0 no hole is crossed without a thought.
    """
    count, columns, _ = steps.top.shape
    picked = np.full((count, columns), CHOICES, np.int32)
    spent = np.zeros((count, columns))
    walk = compiled(_walk)
    for row in range(count):
        walk(
            steps.top[row], steps.bottom[row], steps.own[row], steps.miss[row], steps.price[row],
            steps.anew[row], steps.start[row], steps.breaks[row], float(skip_px),
            picked[row], spent[row],
        )  # fmt: skip
    return picked, spent


def _walk(
    top: Rows, bottom: Rows, own: Array, miss: Array, price: Array,
    anew: Array, start: Array, breaks: Mask, skip_px: float, picked: Rows, spent: Array,
) -> None:  # fmt: skip
    """One row's cheapest way, written into ``picked`` and ``spent``."""
    columns = top.shape[0]
    touches = np.zeros((columns + 1, 2, CHOICES), np.bool_)  # ink before it, ink behind it
    if skip_px >= 0:
        for c in range(1, columns):
            for k in range(CHOICES):
                for j in range(CHOICES):
                    apart = max(top[c, k] - 1 - bottom[c - 1, j], top[c - 1, j] - bottom[c, k] - 1)
                    if apart <= 0:
                        touches[c, 0, k] = True
                        touches[c - 1, 1, j] = True
    total = np.full((columns, CHOICES + 2), NEVER)
    back = np.full((columns, CHOICES + 2), FRESH, np.int8)
    before = np.full(CHOICES + 2, NEVER)
    before[GHOST] = 0.0
    low, high = start[1], start[0]  # where the trace was last, while it has no ink
    for c in range(columns):
        now = total[c]
        for k in range(CHOICES):
            if top[c, k] < 0:
                continue
            best, came = np.inf, FRESH
            for j in range(CHOICES + 2):
                if j < CHOICES:
                    if c == 0 or top[c - 1, j] < 0:
                        continue
                    upper, lower = float(top[c - 1, j]), float(bottom[c - 1, j])
                elif j == GHOST:
                    upper, lower = high, low
                else:
                    upper, lower = anew[0], anew[1]
                apart = max(max(top[c, k] - 1 - lower, upper - bottom[c, k] - 1), 0.0)
                cost = before[j] + apart * price[c]
                if cost < best:
                    best, came = cost, j
            if skip_px >= 0 and not touches[c, 0, k]:
                for j in range(CHOICES):
                    for wide in range(SKIP, 1, -1):
                        d = c - wide
                        if d < 0 or top[d, j] < 0 or touches[d, 1, j]:
                            continue
                        apart = max(top[c, k] - 1 - bottom[d, j], top[d, j] - bottom[c, k] - 1)
                        if apart > skip_px:
                            continue
                        least, between = price[c], 0.0
                        for m in range(1, wide):
                            least = min(least, price[c - m])
                            between += miss[c - m]
                        cost = total[d, j] + max(apart, 0.0) * least + between
                        if cost < best:
                            best, came = cost, CHOICES + 2 + j * (SKIP - 1) + SKIP - wide
            now[k] = best + own[c, k]
            back[c, k] = came
        ghost = 0
        for j in range(1, CHOICES + 1):
            if before[j] < before[ghost]:
                ghost = j
        back[c, GHOST] = ghost
        now[GHOST] = before[ghost] + miss[c]
        if ghost < CHOICES:
            high, low = float(top[c - 1, ghost]), float(bottom[c - 1, ghost])
        fresh = FRESH
        if breaks[c]:
            fresh = int(before.argmin())
        back[c, FRESH] = fresh
        now[FRESH] = before[fresh] + miss[c]
        before = now
    c, state = columns - 1, int(total[columns - 1].argmin())
    while c >= 0:
        picked[c], spent[c] = state, total[c, state]
        came = back[c, state]
        wide = 1
        if came >= CHOICES + 2:
            j = (came - CHOICES - 2) // (SKIP - 1)
            wide = SKIP - (came - CHOICES - 2) % (SKIP - 1)
            for d in range(c - wide + 1, c):
                spent[d] = total[c - wide, j]
            came = j
        c, state = c - wide, came
