"""Tell which lead each stretch of trace is: from print, from physics, from the number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.beats import mean_envelope, simultaneous
from ecgpage.digitise.layout.layouts import Layout, layouts_with
from ecgpage.digitise.layout.namegrid import NameGrid
from ecgpage.digitise.layout.names import Fit, Name, fit_names
from ecgpage.digitise.layout.physics import likeness, misfit

Array = NDArray[np.float64]
RATE_HZ = 250.0
"""Rate at which physics is checked."""
DROP_COST = 0.2
LOST_STRIP = 0.5
"""What a rhythm strip costs that has no name and is like no lead: it may be lettering."""
UNSHOWN_STRIP = 0.4
"""What each strip costs that has a printed name below the others and no row."""
MANY_NAMES = 6
"""With so many readable names, what runs below the last named row is a strip, not lettering."""
GOOD_MISFIT = 0.55
UNCHECKED = 0.8
"""What a layout costs whose leads obey no law that could be checked."""
NAME_COST = 0.16
"""What a lead name at its place is worth, against a misfit of 1 for unrelated signals."""
WRONG_COST = 0.1
ALIKE = 0.35
SURELY_ALIKE = 0.15
UNSEEN = 1.0
"""What :func:`likeness` says where too little was seen; II, the usual lead, is then not ruled out
by leads that are less than surely alike."""
UNLIKE = 0.75
USUAL_LEAD = 0.2
"""Where no lead clearly repeats, II, the usual one, is taken if it is nearly the most alike."""
PRINTED_ODDS = 13.0
UNLIKE_ODDS, UNLIKE_FLOOR = 4.4, 0.075
"""A strip's lead by print and likeness: log odds are the first times log(1 + score of the name),
less the second times log(unlike + floor). Fitted on 233 strips of renders with any lead in them."""
EDGE_S = 0.1
"""What of a column's ends is not compared with a strip: a leg of the calibration pulse and strokes
between columns may still be there while the layout is sought."""
USUAL_ODDS = {"II": 2.5, "V1": 1.0, "V5": 1.0}
"""Log odds of the usual leads of strips before the page is looked at: few machines print another.
With these 49 of 50 strips of any lead, on renders not looked at before, were told rightly, as with
less; strips II of faint and crowded pages are taken for I less often."""
REMAINING_ODDS = 4.0
"""Log odds that the third of three strips is the one of these of which two are shown: machines that
print three strips print V1, II and V5 unless someone asks for others."""

NUMERALS = ("I", "II", "III")
MIXED_UNLIKE = 0.55
MIXED = 0.75
"""Share of a score that a numeral one stroke longer or shorter gets too."""
SURE_NAME = 0.45
"""A strip's name read more surely than this stands even where the strip is like no lead."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One lead's stretch: row on the page, share of the row's length, and where in time.

    ``at``: when it begins, as a share of the row's time (``start`` unless columns show the same
    time).
    """

    lead: str
    row: int
    start: float
    end: float
    strip: bool
    at: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A layout laid over the page's rows.

    ``misfit``: how far simultaneous limb leads miss Einthoven and Goldberger (0 exact, 1
    unrelated; None unchecked); ``strips``: for each rhythm strip its lead ("" unknown) and how
    unlike the lead's own column it is; ``names``: how printed lead names fit, None without any;
    ``simultaneous``: whether all columns show the same time.
    """

    layout: Layout
    stretches: tuple[Stretch, ...]
    misfit: float | None
    strips: tuple[tuple[str, float], ...]
    names: Fit | None = None
    simultaneous: bool = False

    @property
    def named(self) -> float:
        """Lead names at their places, less half of those elsewhere (sums of scores)."""
        return 0.0 if self.names is None else self.names.right - 0.5 * self.names.wrong

    def leads_at(self, column: int) -> tuple[str, ...]:
        """The lead that each row shows at one column's time, "" if unknown."""
        cells = tuple(cell[column] for cell in self.layout.cells)
        other_time = self.simultaneous and column > 0
        return cells + tuple("" if other_time else lead for lead, _ in self.strips)


@dataclass(frozen=True, slots=True)
class Print:
    """What is printed beside the rows: lead names, and where rows lie, in mm on the sheet.

    ``grid``: how names stand in rows and columns, None where they do not.
    """

    names: tuple[Name, ...]
    baselines_mm: tuple[float, ...]
    ends_mm: tuple[float, float]
    grid: NameGrid | None = None


def choose_rows(
    signals: Sequence[Array], printed: Print | None = None
) -> tuple[int, int, Placed] | None:
    """The neighbouring rows that make the best page: first row, row behind the last, layout.

    ``signals``: for each row its signal in mV at :data:`RATE_HZ`, from the common start of the
    traces to their common end, NaN where not seen. Lettering above or below the traces can pass
    for a row; up to two rows may be left out at either end if what remains fits Einthoven's law
    and the printed names clearly better.
    """
    best: tuple[float, int, int, Layout] | None = None
    count = len(signals)
    named = printed is not None and len(printed.names) >= MANY_NAMES
    lost_below = 2 * DROP_COST if named else DROP_COST
    for first in range(min(3, count)):
        for last in range(count, max(count - 3, first), -1):
            for layout in layouts_with(last - first):
                cost = _cost(layout, signals[first:last], _part(printed, first, last))
                cost += DROP_COST * first + (lost_below * (count - last))
                if best is None or cost < best[0]:
                    best = (cost, first, last, layout)
    if best is None:
        return None
    _, first, last, layout = best
    placed = _lay(layout, signals[first:last], _part(printed, first, last))
    return first, last, placed


def _part(printed: Print | None, first: int, last: int) -> Print | None:
    if printed is None:
        return None
    return replace(printed, baselines_mm=printed.baselines_mm[first:last])


def _fit(layout: Layout, printed: Print | None) -> Fit | None:
    if printed is None:
        return None
    return fit_names(layout, printed.names, printed.baselines_mm, printed.ends_mm)


def _cost(layout: Layout, rows: Sequence[Array], printed: Print | None) -> float:
    """What speaks against a layout: broken laws, names elsewhere, strips that repeat no lead."""
    worst = check_laws(layout, rows)
    fit = _fit(layout, printed)
    cost = UNCHECKED if worst is None else min(worst, 1.2)
    if fit is not None:
        cost += WRONG_COST * fit.wrong - NAME_COST * fit.right
    if printed is not None and printed.grid is not None:
        named = len(printed.grid.strips_mm) if printed.grid.layout.cells == layout.cells else 0
        cost += UNSHOWN_STRIP * max(0, named - layout.strips)
    for s in range(layout.strips):
        row = rows[len(layout.cells) + s]
        unlike = [value for _, value in _unlike(layout, row, rows, False).items()]
        read = fit.strips[s] if fit is not None and len(fit.strips) > s else {}
        printed_there = max((_said(read, name) for name in read), default=0.0) > SURE_NAME
        if not printed_there:
            cost += LOST_STRIP * float(min(unlike) > UNLIKE)
    return cost


def _lay(layout: Layout, rows: Sequence[Array], printed: Print | None) -> Placed:
    same_time, _ = _timing(layout, rows)
    stretches = [
        Stretch(
            name, r, c / layout.columns, (c + 1) / layout.columns, False,
            0.0 if same_time else c / layout.columns,
        )
        for r, names in enumerate(layout.cells)
        for c, name in enumerate(names)
    ]  # fmt: skip
    fit = _fit(layout, printed)
    strips: list[tuple[str, float]] = []
    for s in range(layout.strips):
        row = len(layout.cells) + s
        read = fit.strips[s] if fit is not None and len(fit.strips) > s else {}
        taken = {name for name, _ in strips if name}
        name, value = _strip_lead(layout, rows[row], rows, same_time, read, taken)
        strips.append((name, value))
        if name:
            stretches.append(Stretch(name, row, 0.0, 1.0, True, 0.0))
    return Placed(layout, tuple(stretches), check_laws(layout, rows), tuple(strips), fit, same_time)


def _timing(layout: Layout, rows: Sequence[Array]) -> tuple[bool, float]:
    """Whether the columns show the same time."""
    if layout.columns < 2:
        return False, 0.0
    height = len(layout.cells)
    columns = [
        mean_envelope(
            [_cut(rows[r], c / layout.columns, (c + 1) / layout.columns) for r in range(height)],
            RATE_HZ,
        )
        for c in range(layout.columns)
    ]
    strip = mean_envelope(list(rows[height:]), RATE_HZ) if layout.strips else None
    return simultaneous(columns, strip, RATE_HZ)


def check_laws(layout: Layout, rows: Sequence[Array]) -> float | None:
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


def _unlike(
    layout: Layout, strip: Array, rows: Sequence[Array], same_time: bool
) -> dict[str, float]:
    """How unlike a strip is to each lead's own column."""
    out = {}
    for r, names in enumerate(layout.cells):
        for c, name in enumerate(names):
            start, end = c / layout.columns, (c + 1) / layout.columns
            when = (0.0, 1.0 / layout.columns) if same_time else (start, end)
            a, b = _cut(strip, *when), _cut(rows[r], start, end)
            length = min(len(a), len(b))
            inner = slice(round(EDGE_S * RATE_HZ), length - round(EDGE_S * RATE_HZ))
            out[name] = likeness(a[inner], b[inner], RATE_HZ)
    return out


def _strip_lead(
    layout: Layout,
    strip: Array,
    rows: Sequence[Array],
    same_time: bool,
    read: dict[str, float],
    taken: set[str],
) -> tuple[str, float]:
    """The lead that a strip repeats, and how unlike the two are.

    A printed name counts for more the surer it was read; without one the most alike lead is
    taken, II (or what remains of the usual three) where it is nearly that. No lead is repeated
    twice.
    """
    unlike = _unlike(layout, strip, rows, same_time)
    free = {name: value for name, value in unlike.items() if name not in taken}
    seen = _with_confusions(read, free)
    remaining = _remaining(layout, taken)
    before = {} if not read else USUAL_ODDS if not remaining else {remaining: REMAINING_ODDS}
    odds = {
        name: PRINTED_ODDS * float(np.log1p(seen.get(name, 0.0)))
        - UNLIKE_ODDS * float(np.log(min(value, UNSEEN) + UNLIKE_FLOOR))
        + before.get(name, 0.0)
        for name, value in free.items()
    }
    name = max(odds, key=lambda lead: odds[lead])
    value = free[name]
    if not read:
        expected = remaining or "II"
        usual = free.get(expected, 9.0)
        if usual == UNSEEN and value > SURELY_ALIKE:
            return expected, usual
        if (value > ALIKE and usual < value + USUAL_LEAD) or usual < value + 0.5 * USUAL_LEAD:
            name, value = expected, usual
        return ("", value) if value > UNLIKE else (name, value)
    meant = max(read.values()) if name == remaining else seen.get(name, 0.0)
    believed = max(meant, _said(read, name)) > SURE_NAME
    return ("", value) if value > UNLIKE and not believed else (name, value)


def _remaining(layout: Layout, taken: set[str]) -> str:
    """The lead of a third strip where the others are two of the usual three, else ""."""
    rest = set(USUAL_ODDS) - taken
    last = layout.strips == len(USUAL_ODDS) and len(taken) == layout.strips - 1
    return min(rest) if last and len(rest) == 1 else ""


def _said(read: dict[str, float], name: str) -> float:
    """How surely a name is printed; a doubtful I, II or III is one of the three all the same."""
    alike = NUMERALS if name in NUMERALS else (name,)
    return sum(read.get(other, 0.0) for other in alike)


def _with_confusions(read: dict[str, float], unlike: dict[str, float]) -> dict[str, float]:
    """Scores of the names read, with what I, II and III owe each other: a stroke is easily lost.

    Only a lead that the strip is at all like, or not less than the one that was read, can be the
    one that was meant.
    """
    out = dict(read)
    told = max(NUMERALS, key=lambda name: read.get(name, 0.0))
    allowed = max(MIXED_UNLIKE, unlike.get(told, 0.0) if read.get(told, 0.0) > 0.0 else 0.0)
    for i, name in enumerate(NUMERALS):
        if min(unlike.get(name, UNSEEN), UNSEEN) > allowed:
            continue
        beside = NUMERALS[max(0, i - 1) : i + 2]
        out[name] = max(
            read.get(other, 0.0) * (1.0 if other == name else MIXED) for other in beside
        )
    return {name: score for name, score in out.items() if score > 0.0}
