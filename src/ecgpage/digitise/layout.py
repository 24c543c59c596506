"""Tell which lead each stretch of trace is: from the number of rows, from physics, from print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layouts import Layout, layouts_with
from ecgpage.digitise.physics import likeness, misfit

Array = NDArray[np.float64]
RATE_HZ = 250.0
"""Rate at which physics is checked."""
DROP_COST = 0.2
GOOD_MISFIT = 0.55
BAD_MISFIT = 0.85
ALIKE = 0.35
UNLIKE = 0.75
USUAL_LEAD = 0.2
"""Where no lead clearly repeats, II, the usual one, is taken if it is nearly the most alike."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One lead's stretch: row on the page, share of the row's length, and time in seconds."""

    lead: str
    row: int
    start: float
    end: float
    strip: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A layout laid over the page's rows.

    ``misfit``: how far simultaneous limb leads miss Einthoven and Goldberger (0 exact, 1
    unrelated; None unchecked); ``strips``: for each rhythm strip its lead ("" unknown) and how
    unlike the lead's own column it is.
    """

    layout: Layout
    stretches: tuple[Stretch, ...]
    misfit: float | None
    strips: tuple[tuple[str, float], ...]


def place_layout(rows: Sequence[Array]) -> list[Placed]:
    """Known layouts with this many rows, the one that physics likes best first.

    ``rows``: for each row its signal in mV at :data:`RATE_HZ`, from the common start of the
    traces to their common end, NaN where not seen.
    """
    placed = [_lay(layout, rows) for layout in layouts_with(len(rows))]
    return sorted(placed, key=lambda p: 1.0 if p.misfit is None else p.misfit)


def choose_rows(signals: Sequence[Array]) -> tuple[int, int, Placed] | None:
    """The neighbouring rows that make the best page: first row, row behind the last, layout.

    Lettering above or below the traces can pass for a row; up to two rows may be left out at
    either end if what remains fits Einthoven's law clearly better.
    """
    best: tuple[float, int, int, Placed] | None = None
    count = len(signals)
    for first in range(min(3, count)):
        for last in range(count, max(count - 3, first), -1):
            for placed in place_layout(signals[first:last])[:1]:
                misfit = 0.8 if placed.misfit is None else placed.misfit
                lost = sum(1 for name, _ in placed.strips if not name)
                cost = misfit + DROP_COST * (first + count - last) + 0.3 * lost
                if best is None or cost < best[0]:
                    best = (cost, first, last, placed)
    return None if best is None else best[1:]


def _lay(layout: Layout, rows: Sequence[Array]) -> Placed:
    stretches = []
    for r, names in enumerate(layout.cells):
        for c, name in enumerate(names):
            stretches.append(Stretch(name, r, c / layout.columns, (c + 1) / layout.columns, False))
    worst = _check(layout, rows)
    strips = []
    for s in range(layout.strips):
        row = len(layout.cells) + s
        name, unlike = _strip_lead(rows[row], rows, stretches)
        strips.append((name, unlike))
        if name:
            stretches.append(Stretch(name, row, 0.0, 1.0, True))
    return Placed(layout, tuple(stretches), worst, tuple(strips))


def _check(layout: Layout, rows: Sequence[Array]) -> float | None:
    """Worst misfit of any column's limb leads; chest leads must not pass for limb leads."""
    worst = None
    for column in range(layout.columns):
        leads = {}
        for r, names in enumerate(layout.cells):
            leads[names[column]] = _cut(
                rows[r], column / layout.columns, (column + 1) / layout.columns
            )
        value = misfit(leads, RATE_HZ)
        if value is not None:
            worst = value if worst is None else max(worst, value)
    if layout.name == "6x2" and worst is not None:
        same = misfit({n[0]: _cut(rows[r], 0.5, 1.0) for r, n in enumerate(layout.cells)}, RATE_HZ)
        if same is not None and same < GOOD_MISFIT:
            worst = max(worst, 1.0)
    return worst


def _cut(row: Array, start: float, end: float) -> Array:
    n = len(row)
    return row[round(start * n) : round(end * n)]


def _strip_lead(
    strip: Array, rows: Sequence[Array], stretches: Sequence[Stretch]
) -> tuple[str, float]:
    """The lead whose column the strip repeats, and how unlike the two are."""
    unlike = {}
    for s in stretches:
        if not s.strip:
            unlike[s.lead] = likeness(
                _cut(strip, s.start, s.end), _cut(rows[s.row], s.start, s.end), RATE_HZ
            )
    name, value = min(unlike.items(), key=lambda item: item[1])
    usual = unlike.get("II", 9.0)
    if (value > ALIKE and usual < value + USUAL_LEAD) or usual < value + 0.5 * USUAL_LEAD:
        name, value = "II", unlike["II"]
    return ("", value) if value > UNLIKE else (name, value)
