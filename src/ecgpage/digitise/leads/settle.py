"""Where columns start, to a fraction of a pixel.

On a page of 8 pixels a millimetre one pixel is 5 ms, and a QRS flank climbs 0.1 mV in that time:
a start that is off by a third of a pixel costs as much as all other errors of reading together.
So every hint is taken and weighed: the grid's own scale, the strokes between columns, the pulse
that ends where the trace starts, the first and last ink, the edge of the picture. The grid's
lines are no hint: programs that draw sharp lines move each to a whole pixel, some always to
the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ecgpage.digitise.tracing.bars import bar_centre
from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
Image = NDArray[np.float32]
STROKE_PX = 0.3
"""A stroke drawn at a whole pixel is off by up to half a pixel: 0.29 root mean square."""
INK_END_PX = 0.6
CAP_PENS = 0.39
"""A round cap of a line reaches pi / 8 of its width beyond its end, on the mean over the width."""
POINT_SHARE = 0.0002
"""The last of ten seconds' points stands one interval (2 ms at 500 a second) before its end ..."""
FEWER_SHARE = 0.0015
"""... unless more than 15 ms are not drawn: then points are means and lack at both ends alike."""
SAME_LENGTH = 0.004
"""Rows as long as ten seconds within this share last ten seconds."""
SURE_SCALE = 0.0001
"""Relative error of the grid's scale over a whole page."""
CENTRE_PX = 0.2
TOGETHER_MM = 0.2
NEAR_MM = 2.5
JUMP_MM = 0.8
"""A leap from lead to lead lies this near to its border."""
LEAP_COLUMNS = 5
LEAP = 1.0
"""Mean leap, against what slopes explain, that tells one lead from the next."""
BESIDE_PX = 0.7
"""Strokes may all stand beside their borders, by about this much."""
LEAST_STROKES = 2
APART_PX = 1.0
"""Where there is a stroke at one border alone, of several, and the leads leap so far beside it, it
may be a letter or a QRS complex, and the leaps may be waves: neither is believed."""
EDGE_PX = 0.05
"""A trace that the picture's edge cuts where the columns' own measure wants it starts there."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A border between columns (0: the start of the first) seen at a place, and how surely."""

    border: float
    column_px: float
    error_px: float
    stroke: bool = False


def settle_ends(
    ink: Image,
    rows: Sequence[TracedRow],
    upper: int,
    ends: tuple[float, float],
    columns: int,
    px_per_mm: tuple[float, float],
    ten_s_px: float,
) -> tuple[float, float]:
    """First and last column of the traces, weighed from all hints.

    ``ends`` must be right within a millimetre. ``upper``: how many rows have columns.
    """
    ends = _agreed(rows[:upper], ends, px_per_mm[1])
    own = ends[1] - ends[0] + 1
    whole = abs(own / ten_s_px - 1) < SAME_LENGTH
    centred = _centred(ink, rows, ten_s_px)
    hints = centred or _starts(ink, rows, px_per_mm)
    jumps = [] if whole else _jumps(rows[:upper], ends, columns, px_per_mm)
    if len(jumps) < 2 and not (whole and centred):
        hints += _ends(ink, rows[:upper], columns, ends, whole)
    strokes = border_strokes(ink, rows[:upper], ends, columns, px_per_mm)
    if len(strokes) < min(LEAST_STROKES, columns - 1) and _beside(strokes, jumps):
        strokes = jumps = []
    hints += strokes or jumps
    hints = [h for h in hints if abs(h.column_px - ends[0] - h.border * own / columns)
             < px_per_mm[1]]  # fmt: skip
    width = (ten_s_px if whole else own) / columns
    loose = SURE_SCALE if whole else 0.002
    start, width = _weigh(hints, ends[0], width, loose * width)
    return start, start + columns * width - 1


def border_strokes(
    ink: Image,
    rows: Sequence[TracedRow],
    ends: tuple[float, float],
    columns: int,
    px_per_mm: tuple[float, float],
) -> list[Hint]:
    """The strokes that stand near borders between columns."""
    width = (ends[1] - ends[0] + 1) / columns
    found = {k: bar_centre(ink, rows, ends[0] + k * width, px_per_mm) for k in range(1, columns)}
    return [Hint(k, at, STROKE_PX, stroke=True) for k, at in found.items() if at is not None]


def _beside(strokes: Sequence[Hint], jumps: Sequence[Hint]) -> bool:
    """Whether leads leap elsewhere than where a stroke stands."""
    return any(
        jump.border == stroke.border and abs(jump.column_px - stroke.column_px) > APART_PX
        for jump in jumps
        for stroke in strokes
    )


def _agreed(
    rows: Sequence[TracedRow], ends: tuple[float, float], px_per_mm: float
) -> tuple[float, float]:
    """The ends at which the rows with columns start and end together, where near ``ends``.

    Some programs give each lead a little less than its share, while the strip below runs on.
    """
    left = _together([row.left_px for row in rows], ends[0], px_per_mm)
    if any(row.pulse is not None and not row.pulse.at_start for row in rows):
        return left, ends[1]
    return left, _together([row.right_px for row in rows], ends[1], px_per_mm)


def _together(places: Sequence[float], usual: float, px_per_mm: float) -> float:
    middle = float(np.median(places))
    share = np.mean([abs(place - middle) < TOGETHER_MM * px_per_mm for place in places])
    near = abs(middle - usual) < NEAR_MM * px_per_mm
    return middle if share > 0.6 and near else usual


def _weigh(hints: Sequence[Hint], start: float, width: float, error: float) -> tuple[float, float]:
    """Start and width of the columns that fit the hints best, outliers held down."""
    if not hints:
        return start, width

    def misfit(p: Array) -> list[float]:
        out = [
            (h.column_px - p[0] - h.border * p[1] - (p[2] if h.stroke else 0.0)) / h.error_px
            for h in hints
        ]
        return [*out, (p[1] - width) / error, p[2] / BESIDE_PX]

    x = least_squares(misfit, [start, width, 0.0], loss="soft_l1").x
    return float(x[0]), float(x[1])


def _starts(ink: Image, rows: Sequence[TracedRow], px_per_mm: tuple[float, float]) -> list[Hint]:
    hints = []
    joined = _joined(rows)
    for row in rows:
        if row.left_px <= 2.0:
            hints.append(Hint(0, -0.5, EDGE_PX))
        elif joined and row.pulse is not None and row.pulse.at_start:
            at = _falling_edge(ink, row, px_per_mm)
            if at is not None:
                hints.append(Hint(0, at, STROKE_PX))
        else:
            at = _ink_end(ink, row, row.left_px, -1) + CAP_PENS * row.line.thickness
            hints.append(Hint(0, at, INK_END_PX))
    return hints


def _centred(ink: Image, rows: Sequence[TracedRow], ten_s_px: float) -> list[Hint]:
    """The start of rows whose ink lasts about ten seconds, both ends free.

    Caps lengthen a line at both ends, points that are not drawn shorten it; what is missing or
    too much is shared by the two ends, but for the interval behind the last point.
    """
    hints: list[Hint] = []
    if _joined(rows):
        return hints
    for row in rows:
        pulsed = row.pulse is not None and not row.pulse.at_start
        if pulsed or row.left_px <= 2.0 or row.right_px >= ink.shape[1] - 3:
            continue
        first, last = _ink_end(ink, row, row.left_px, -1), _ink_end(ink, row, row.right_px, 1)
        over = last - first - ten_s_px
        if abs(over) < SAME_LENGTH * ten_s_px:
            missing = 2 * CAP_PENS * row.line.thickness - over
            interval = POINT_SHARE * ten_s_px if missing < FEWER_SHARE * ten_s_px else 0.0
            hints.append(Hint(0, first + (over + interval) / 2, CENTRE_PX))
    return hints


def _jumps(
    rows: Sequence[TracedRow],
    ends: tuple[float, float],
    columns: int,
    px_per_mm: tuple[float, float],
) -> list[Hint]:
    """Where leads that follow each other without a stroke between them leap, in all rows at once.

    Some programs let each lead begin before the last one has ended, so that the ends of the ink
    do not tell how far apart leads start.
    """
    if columns < 3:
        return []
    width = (ends[1] - ends[0] + 1) / columns
    reach = round(JUMP_MM * px_per_mm[1])
    borders = [ends[0] + k * width - 0.5 for k in range(1, columns)]
    profiles = [sum(_leaps(row, at, reach) for row in rows) for at in borders]
    best, most = (0.0, 0.0), 0.0
    shifts = np.arange(-reach, reach + 0.1, 0.5)
    for late in shifts:
        for wider in np.arange(-0.01, 0.0101, 0.001) * width:
            places = late + wider * np.arange(1, columns)
            if np.abs(places).max() > reach:
                continue
            found = [
                np.interp(p, np.arange(-reach, reach + 1), q)
                for p, q in zip(places, profiles, strict=True)
            ]
            if sum(found) > most:
                best, most = (float(late), float(wider)), float(sum(found))
    if most < LEAP * len(rows) * (columns - 1):
        return []
    return [
        Hint(k, borders[k - 1] + best[0] + k * best[1], STROKE_PX, stroke=True)
        for k in range(1, columns)
    ]


def _leaps(row: TracedRow, column_px: float, reach: int) -> Array:
    """How far a row leaps within ``reach`` columns of a border, against what slopes explain."""
    first = round(column_px)
    out = np.zeros(2 * reach + 1)
    for i, at in enumerate(range(first - reach, first + reach + 1)):
        sides = []
        for begin in (at - LEAP_COLUMNS, at + 2):
            y = row.line.centre[max(begin, 0) : begin + LEAP_COLUMNS - 1]
            if len(y) < LEAP_COLUMNS - 1 or not np.isfinite(y).all():
                break
            slope = float(y[-1] - y[0]) / (len(y) - 1)
            sides.append((float(y.mean()) + slope * (at + 0.5 - begin - (len(y) - 1) / 2), slope))
        if len(sides) == 2:
            (a, s), (b, t) = sides
            out[i] = abs(a - b) / (0.3 * row.line.thickness + 0.7 * (abs(s) + abs(t)))
    return np.minimum(out, 4.0)


def _joined(rows: Sequence[TracedRow]) -> bool:
    """Whether pulses fall where traces start: in one row the trace is seen right behind it."""
    return any(
        row.pulse is not None
        and row.pulse.at_start
        and abs(row.left_px - row.pulse.right_px) < 2.5 * row.line.thickness
        for row in rows
    )


def _ends(
    ink: Image, rows: Sequence[TracedRow], columns: int, ends: tuple[float, float], whole: bool
) -> list[Hint]:
    """The last ink of rows that end without a pulse."""
    if any(row.pulse is not None and not row.pulse.at_start for row in rows):
        return []
    near = [row for row in rows if abs(row.right_px - ends[1]) < 3 * row.line.thickness]
    error = INK_END_PX if whole else 0.5 * INK_END_PX
    return [
        Hint(columns, _ink_end(ink, row, row.right_px, 1) - CAP_PENS * row.line.thickness, error)
        for row in near
    ]


def _falling_edge(ink: Image, row: TracedRow, px_per_mm: tuple[float, float]) -> float | None:
    """Centre of the pulse's right stroke, from the rows between its top and its foot."""
    assert row.pulse is not None
    base, high = row.row.baseline_px, row.pulse.height_mm * px_per_mm[0]
    top, bottom = int(base - 0.8 * high), int(base - 0.35 * high)
    reach = 1.2 * row.line.thickness + 1
    a, b = int(row.pulse.right_px - reach), int(row.pulse.right_px + reach) + 1
    if top < 0 or a < 0 or bottom - top < 3 or b >= ink.shape[1]:
        return None
    mass = np.median(ink[top:bottom, a : b + 1], axis=0).astype(np.float64)
    if mass.sum() < 0.5:
        return None
    return float(a + (mass * np.arange(len(mass))).sum() / mass.sum())


def _ink_end(ink: Image, row: TracedRow, column_px: float, outward: int) -> float:
    """Where the ink of a row ends, between pixels: the last full column and a share of the next."""
    column = int(np.clip(round(column_px), 3, ink.shape[1] - 4))
    if not np.isfinite(row.line.centre[column]):
        return float(column_px)
    middle = float(row.line.centre[column])
    half = row.line.thickness + 2
    top, bottom = max(0, int(middle - half)), int(middle + half) + 1
    mass = ink[top:bottom].sum(axis=0)[column - 3 : column + 4].astype(np.float64)
    share = np.clip(mass / max(row.line.thickness, 0.5), 0.0, 1.0)
    if outward < 0:
        return float(column + 3 + 0.5 - share.sum())
    return float(column - 3 - 0.5 + share.sum())
