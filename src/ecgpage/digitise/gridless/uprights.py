"""What was printed on one upright line: where rows start and end, strokes and names of columns.

All rows of a page start at one place, and end at one; the columns between are equally wide. So
the lines through all starts, all ends, all strokes between two columns, and all first letters of
a column's names stand upright, and evenly spaced along every row, however the paper was bent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.ink.network import NetworkCover
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.words.printed import Word
from ecgpage.values import LEADS

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Image = NDArray[np.float32]

QUARTERS = 4
"""Columns are halves or quarters of a row: lines are counted in quarters, 0 to 4."""
SEEN = 0.4
"""Share of a pixel that is inked, of which a stroke or letter is taken to be."""
PULSE_MM, PULSE_MM2 = 12.0, 0.4
"""A pulse stands so near to a row's end; so much ink (mm2 a row) of theirs there is at least: 0.7
to 13 where there are any, up to 0.06 where there are none (12 development renders)."""
LEAST_GAP_MM, BEFORE_GAP = 0.4, 0.5
"""Between a trace and a pulse's foot there is no ink for so long at least; that counts so much more
for an end than that ink ends there."""
NEAR_MM, BAND_MM = 9.0, 7.0
"""Strokes stand so near to their quarter, and reach so far up and down from the row's level."""
TALL_MM, WIDE_MM = 2.2, 0.9
"""Height of the ink of a stroke at least, and how far it reaches to the sides of its middle."""
APART_MM, SHARED_MM = 2.5, 1.2
"""What stands further than this from those of the rows above and below is no stroke, or no end."""
REACH = 3
LEAST_SHARE = 0.5
"""How many rows above and below are asked; share of the rows that have a stroke where there are
any."""
END_MM, STROKE_MM, NAME_MM = 0.12, 0.06, 0.25
"""Errors of a row's end, a stroke's middle (0.07 and 0.02 on development renders), and the left
side of a name (0.1, but letters have sides of their own)."""
LETTER_MM, GAP_MM, LONGEST_MM = 1.2, 0.9, 9.0
"""Up and down from its middle a name has ink; its letters are no further apart; how long it is."""
LEAST_SCORE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Uprights:
    """Marks on upright lines, one value each.

    ``line``: 0 to 4, the quarter of the rows' length that the line stands at; ``named``: whether
    the mark is a name's, which stands beside the line, as far as all names do; place on the sheet
    and error in mm.
    """

    line: Index
    named: NDArray[np.bool_]
    across_mm: Array
    down_mm: Array
    error_mm: Array


def no_uprights() -> Uprights:
    """None at all."""
    none = np.zeros(0)
    return Uprights(none.astype(np.int64), none.astype(bool), none, none, none)


def find_uprights(
    rows: Sequence[TracedRow],
    px_per_mm: tuple[float, float],
    found: NetworkCover | None = None,
    words: Sequence[Word] = (),
    columns: int | None = None,
) -> Uprights:
    """Marks on upright lines of a sheet.

    ``found``: what a network sees on the sheet; ``words``: printed words; ``columns``: how many
    columns there are, None where that is not known.
    """
    marks: list[tuple[float, float, float, float, float]] = []
    levels = [_Level(row, px_per_mm) for row in rows]
    before, behind = (False, False) if found is None else _pulses(found, rows, px_per_mm)
    starts, left = _starts(rows, px_per_mm[1], before)
    stops, right = _stops(rows, px_per_mm[1], behind)
    for line, ends in ((0, starts), (QUARTERS, stops)):
        for level, end in zip(levels, ends.tolist(), strict=True):
            if np.isfinite(end):
                marks.append((line, 0, end, level.at(end), END_MM))
    if found is not None and columns != 1:
        strokes = (found.separator > SEEN).astype(np.uint8)
        for quarter in range(1, QUARTERS):
            if columns is not None and quarter % (QUARTERS // columns):
                continue
            share = quarter / QUARTERS
            near = [a + share * (b - a) for a, b in zip(left, right, strict=True)]
            for across, down in _line(strokes, levels, near, px_per_mm):
                marks.append((quarter, 0, across, down, STROKE_MM))
        if columns is not None:
            width = QUARTERS // columns
            for word in words:
                name = _name(found.print, word, levels, left, right, columns, px_per_mm)
                if name is not None:
                    marks.append((name[0] * width, 1, *name[1:], NAME_MM))
    table = np.array(marks, np.float64).reshape(-1, 5)
    return Uprights(
        table[:, 0].astype(np.int64), table[:, 1] > 0, table[:, 2], table[:, 3], table[:, 4]
    )


class _Level:
    """Where a row runs, smoothed over several beats (mm)."""

    def __init__(self, row: TracedRow, px_per_mm: tuple[float, float]) -> None:
        a, b = int(row.left_px), int(row.right_px) + 1
        centre = row.line.centre[a:b]
        seen = np.flatnonzero(np.isfinite(centre))
        pieces = np.array_split(seen, 8) if len(seen) >= 64 else [seen]
        self._across = np.array([(a + piece.mean()) / px_per_mm[1] for piece in pieces])
        self._down = np.array([np.median(centre[piece]) / px_per_mm[0] for piece in pieces])

    def at(self, across_mm: float) -> float:
        """Its height at a place, in mm down the sheet."""
        return float(np.interp(across_mm, self._across, self._down))


def _pulses(
    found: NetworkCover, rows: Sequence[TracedRow], px_per_mm: tuple[float, float]
) -> tuple[bool, bool]:
    """Whether calibration pulses stand before the rows' starts, and behind their ends."""
    mass = found.pulse.sum(axis=0) / (len(rows) * px_per_mm[0] * px_per_mm[1])
    reach = PULSE_MM * px_per_mm[1]
    left = max(0, int(np.median([row.left_px for row in rows]) + reach))
    right = max(0, int(np.median([row.right_px for row in rows]) - reach))
    return bool(mass[:left].sum() > PULSE_MM2), bool(mass[right:].sum() > PULSE_MM2)


def _starts(rows: Sequence[TracedRow], px_per_mm: float, pulses: bool) -> tuple[Array, Array]:
    """As :func:`_stops`, for where rows start."""
    size = len(rows[0].line.centre) - 1
    found = [
        _stops_of(row.line.centre[::-1], size - row.left_px, px_per_mm, pulses) for row in rows
    ]
    own, usual = _agreed([[(size / px_per_mm - at, sure) for at, sure in one] for one in found])
    return own, usual


def _stops(rows: Sequence[TracedRow], px_per_mm: float, pulses: bool) -> tuple[Array, Array]:
    """Where each row ends (mm), NaN where that is not seen, and where rows near it mostly do."""
    found = [_stops_of(row.line.centre, row.right_px, px_per_mm, pulses) for row in rows]
    return _agreed(found)


def _stops_of(
    centre: Array, end_px: float, px_per_mm: float, pulse: bool
) -> list[tuple[float, float]]:
    """Where a trace may end (mm), and what speaks for it.

    ``centre``: the line, NaN where there is none; ``end_px``: where its ink was thought to end.
    Where a pulse stands behind the trace, there is a gap between them.
    """
    found = [(end_px / px_per_mm, 1.0)]
    if not pulse:
        return found
    first = max(0, int(end_px - PULSE_MM * px_per_mm))
    seen = np.isfinite(centre[first : int(end_px + PULSE_MM * px_per_mm) + 1]).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[1], seen, [1]])))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a >= LEAST_GAP_MM * px_per_mm and a > 0 and b < len(seen):
            found.append(((first + a - 1) / px_per_mm, 1.0 + BEFORE_GAP))
    return found


def _agreed(places: Sequence[Sequence[tuple[float, float]]]) -> tuple[Array, Array]:
    """Of each row's places the one that most rows around it share, NaN where it has none there;
    and the place that they share."""
    own, usual = np.full(len(places), np.nan), np.zeros(len(places))
    for k, mine in enumerate(places):
        near = places[max(0, k - REACH) : k + REACH + 1]
        best, most = mine[0][0], 0.0
        for at in (at for one in near for at, _ in one):
            for_it = [max((s for p, s in one if abs(p - at) < SHARED_MM), default=0.0)
                      for one in near]  # fmt: skip
            if sum(for_it) > most:
                best, most = at, sum(for_it)
        close = [p for one in near for p, _ in one if abs(p - best) < SHARED_MM]
        usual[k] = np.median(close)
        there = [p for p, _ in mine if abs(p - usual[k]) < SHARED_MM]
        if there:
            own[k] = min(there, key=lambda p: abs(p - usual[k]))
    return own, usual


def _line(
    strokes: NDArray[np.uint8],
    levels: Sequence[_Level],
    near_mm: Sequence[float],
    px_per_mm: tuple[float, float],
) -> list[tuple[float, float]]:
    """Middles (across, down; mm) of the strokes of the rows near one quarter of their length."""
    found: list[tuple[int, float, float]] = []
    for k, (level, near) in enumerate(zip(levels, near_mm, strict=True)):
        place = _stroke(strokes, near, level.at(near), px_per_mm)
        if place is not None:
            found.append((k, *place))
    if len(found) < LEAST_SHARE * len(levels):
        return []
    away = np.array([across - near_mm[k] for k, across, _ in found])
    kept = []
    for i, (_, across, down) in enumerate(found):
        if abs(away[i] - np.median(away[max(0, i - 2) : i + 3])) < APART_MM:
            kept.append((across, down))
    return kept


def _stroke(
    strokes: NDArray[np.uint8], across_mm: float, down_mm: float, px_per_mm: tuple[float, float]
) -> tuple[float, float] | None:
    """The middle of the stroke near a place of a row; None where there is none."""
    top, left = ((down_mm - BAND_MM) * px_per_mm[0], (across_mm - NEAR_MM) * px_per_mm[1])
    bottom, right = ((down_mm + BAND_MM) * px_per_mm[0], (across_mm + NEAR_MM) * px_per_mm[1])
    first, begin = max(0, int(top)), max(0, int(left))
    part = strokes[first : max(0, int(bottom)), begin : max(0, int(right))]
    if not part.any():
        return None
    wide = max(1, round(WIDE_MM * px_per_mm[1]))
    near = cv2.blur(part.astype(np.float32), (2 * wide + 1, 1), borderType=cv2.BORDER_CONSTANT)
    heights = (near > 0).sum(axis=0) / px_per_mm[0]
    mass = part.sum(axis=0)
    soft = np.convolve(mass, np.ones(2 * wide + 1), "same")
    middle = int(np.argmax(soft))
    if heights[middle] < TALL_MM:
        return None
    low = max(0, middle - wide)
    rows, columns = np.nonzero(part[:, low : middle + wide + 1])
    return (
        (begin + low + float(columns.mean())) / px_per_mm[1],
        (first + float(rows.mean())) / px_per_mm[0],
    )


def _name(
    cover: Image,
    word: Word,
    levels: Sequence[_Level],
    left: Array,
    right: Array,
    columns: int,
    px_per_mm: tuple[float, float],
) -> tuple[int, float, float] | None:
    """Column of a lead's name, and its left side (across, down; mm)."""
    if word.text not in LEADS or word.score < LEAST_SCORE:
        return None
    half = LETTER_MM * px_per_mm[0]
    band = cover[max(0, int(word.row_px - half)) : int(word.row_px + half) + 1]
    inked = band.max(axis=0) > SEEN if len(band) else np.zeros(cover.shape[1], bool)
    at = int(word.column_px)
    gap, longest = round(GAP_MM * px_per_mm[1]), round(LONGEST_MM * px_per_mm[1])
    near = np.flatnonzero(inked[max(0, at - longest) : at + gap + 1]) + max(0, at - longest)
    if not len(near) or at - near[-1] > gap:
        return None
    breaks = np.flatnonzero(np.diff(near) > gap)
    side = int(near[breaks[-1] + 1] if len(breaks) else near[0])
    if at - side > longest / 2:
        return None
    row = int(np.argmin([abs(one.at(at / px_per_mm[1]) - word.row_px / px_per_mm[0])
                         for one in levels]))  # fmt: skip
    share = (side / px_per_mm[1] - left[row]) / (right[row] - left[row]) * columns
    column = round(share)
    if not 0 <= column < columns or abs(share - column) > 0.25:
        return None
    return column, side / px_per_mm[1], word.row_px / px_per_mm[0]
