"""Rows followed again, once it is known where their leads begin and which bars part them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.tracing.bars import BAND_MM, without_bars
from ecgpage.digitise.tracing.barshape import find_bars, without
from ecgpage.digitise.tracing.either import either_rows
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.followed import Leads, follow_leads, printed_runs
from ecgpage.digitise.tracing.gates import find_gates
from ecgpage.digitise.tracing.holes import Spare
from ecgpage.digitise.tracing.kinship import Kinship
from ecgpage.digitise.tracing.lettering import without_words
from ecgpage.digitise.tracing.namesplaces import unread_names
from ecgpage.digitise.tracing.strokes import find_strokes
from ecgpage.digitise.tracing.trace import Traced

BESIDE_BORDER_MM = 0.8
"""Strokes between columns reach so far beyond their border."""


def retrace(
    traced: Traced,
    sheet: Sheet,
    borders_px: Sequence[float],
    upper: int,
    ends_px: tuple[float, float],
    expect: Callable[[Sequence[TracedRow]], NDArray[np.float64] | None] | None = None,
    kinship: Callable[[Sequence[TracedRow]], Sequence[Kinship]] | None = None,
) -> Traced:
    """The rows followed again, lead by lead, without the bars that part the columns.

    ``borders_px``: where columns meet in the first ``upper`` rows; the strips below run through
    from the first of the ``ends_px`` to the last. ``expect``: says of rows that meet where their
    lines should be, (2, row, column), NaN where it does not know; then they are followed once more.
    ``kinship``: says how heights of rows go together in each column of leads.
    """
    if not len(borders_px) and not any(_meets(row) for row in traced.rows):
        return traced
    cover = _without_bars(traced, sheet, borders_px, upper)
    px = [
        [ends_px[0], *(borders_px if i < upper else ()), ends_px[1]]
        for i in range(len(traced.rows))
    ]
    starts = [
        (row.row.baseline_px, left)
        for row, lead in zip(traced.rows, px, strict=True)
        for left in lead[:-1]
    ]
    unread = unread_names(traced.words, starts, sheet.px_per_mm)
    hidden = _hidden(traced, cover, sheet.px_per_mm)
    cover = without_words(cover, unread, sheet.px_per_mm, in_place=cover is not traced.cover)
    strokes = traced.strokes
    if strokes is None or cover is not traced.cover:
        written = None if traced.strokes is None else traced.strokes.written
        strokes = find_strokes(cover, written, sheet, traced.strokes)
    rows = [t.row for t in traced.rows]
    columns = cover.shape[1]
    printed = printed_runs(strokes, (*traced.words, *unread), sheet.px_per_mm)
    leads = Leads(
        px=px,
        breaks=_breaks(px, columns),
        hidden=hidden,
        printed=printed,
        gates=find_gates(strokes.runs, rows, columns, sheet.px_per_mm[1], printed),
        spare=_spare(traced, borders_px, sheet.px_per_mm[1]),
        kin=() if kinship is None else kinship(traced.rows),
    )
    again = follow_leads(rows, strokes, sheet, leads)
    if len(again) != len(traced.rows):
        return traced
    meet = any(_meets(row) for row in again)
    expected = expect(again) if expect is not None and meet else None
    if expected is not None:
        surer = follow_leads(rows, strokes, sheet, leads, expected)
        if len(surer) == len(again):
            again = either_rows(again, surer, expected, sheet.px_per_mm)
    # What stands before the first lead was followed with less care than the first time.
    kept = [
        replace(new, pulse=old.pulse, left_px=old.left_px, right_px=old.right_px)
        for new, old in zip(again, traced.rows, strict=True)
    ]
    return replace(traced, rows=tuple(kept), cover=cover, strokes=strokes, hidden=hidden)


def _breaks(px: Sequence[Sequence[float]], columns: int) -> NDArray[np.bool_]:
    """First columns of the leads, (row, column): the first lead's on the page at any rate."""
    out = np.zeros((len(px), columns), bool)
    for row, lead in zip(out, px, strict=True):
        begin, *borders = np.ceil(lead[:-1]).astype(int)
        row[np.clip(begin, 0, columns - 1)] = True
        row[[border for border in borders if 0 < border < columns]] = True
    return out


def _without_bars(
    traced: Traced, sheet: Sheet, borders_px: Sequence[float], upper: int
) -> NDArray[np.float32]:
    """The cover without the strokes between columns; on a flat page they are known exactly."""
    rows = traced.rows[:upper]
    if sheet.nodes_px is None and len(borders_px):
        baselines = [row.row.baseline_px for row in rows]
        bars = find_bars(traced.cover, baselines, borders_px, sheet.px_per_mm)
        if bars is not None:
            return without(traced.cover, bars)
    return without_bars(traced.cover, rows, borders_px, sheet.px_per_mm)


def _spare(traced: Traced, borders_px: Sequence[float], px_per_mm: float) -> Spare | None:
    """Classical ink beside a network's, without the strokes between columns."""
    if traced.ink.classical is None:
        return None
    cover = traced.ink.classical.cover
    barred = np.zeros(cover.shape[1], bool)
    for border in borders_px:
        near = BESIDE_BORDER_MM * px_per_mm
        barred[max(0, round(border - near)) : max(0, round(border + near) + 1)] = True
    return Spare(cover, barred)


def _meets(row: TracedRow) -> bool:
    """Whether some of a row's ink is other rows' too."""
    return row.line.buried is not None and bool(row.line.buried.any())


def _hidden(
    traced: Traced, cover: NDArray[np.float32], px_per_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Columns, (row, column), in which strokes were taken out of the ink near a row."""
    out = np.zeros((len(traced.rows), cover.shape[1]), bool)
    if cover is traced.cover:
        return out
    half = round(BAND_MM * px_per_mm[0])
    for i, row in enumerate(traced.rows):
        middle = round(row.row.baseline_px)
        band = slice(max(0, middle - half), middle + half + 1)
        out[i] = (cover[band] < traced.cover[band]).any(axis=0)
    return out
