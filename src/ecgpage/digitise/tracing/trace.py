"""From a flat sheet to its rows of traces: ink, rows, paths, lines, extents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.faint import raised, times_fainter
from ecgpage.digitise.ink.frames import without_rules
from ecgpage.digitise.ink.pen import Ink, classical_ink, find_ink
from ecgpage.digitise.layout.namegrid import NameGrid, read_grid
from ecgpage.digitise.layout.names import lead_names
from ecgpage.digitise.tracing.apart import part_runs
from ecgpage.digitise.tracing.bars import BAND_MM, without_bars
from ecgpage.digitise.tracing.barshape import find_bars, without
from ecgpage.digitise.tracing.either import either_rows
from ecgpage.digitise.tracing.ends import common_ends
from ecgpage.digitise.tracing.extents import TracedRow, trace_extent
from ecgpage.digitise.tracing.follow import Path, follow_rows
from ecgpage.digitise.tracing.gates import find_gates
from ecgpage.digitise.tracing.handwriting import (
    Colours,
    beside_figures,
    bridge,
    find_figures,
    no_traces,
    seen_in,
    without_figures,
)
from ecgpage.digitise.tracing.holes import fill_holes
from ecgpage.digitise.tracing.kinship import Kinship
from ecgpage.digitise.tracing.lettering import in_words, without_words
from ecgpage.digitise.tracing.line import measure_line
from ecgpage.digitise.tracing.lostrows import lost_count, moved_up_or_down, with_lost
from ecgpage.digitise.tracing.namesplaces import unread_names
from ecgpage.digitise.tracing.penwidth import with_width
from ecgpage.digitise.tracing.pulseshape import PulseShape, find_pulse_shapes
from ecgpage.digitise.tracing.rows import Row, find_rows, rows_by_names
from ecgpage.digitise.tracing.runs import (
    column_sums,
    without_blobs,
    without_specks,
)
from ecgpage.digitise.tracing.strays import without_strays
from ecgpage.digitise.tracing.strokes import Strokes, find_strokes
from ecgpage.digitise.tracing.tails import hand_out_tails, without_held
from ecgpage.digitise.tracing.untangle import untangle
from ecgpage.digitise.words.printed import Word, find_words

LEAST_PRESENT = 0.6
LEAST_SPREAD_MM = 0.3
"""A row whose line never leaves its median by more than this is a rule, not a trace."""
WHOLE, MORE_WHOLE = 0.93, 0.03
"""Share of its columns in which the usual row has ink, below which faint lines are raised, and how
much more of it must be seen then."""
LEAST_SHARE = 0.55
"""Rows shorter than this share of the longest are lettering or scraps."""


ELSEWHERE_MM = 5.0
"""Pulses are sought again where rows end so far from where their ink does."""
BESIDE_BORDER_MM = 0.8
"""Strokes between columns reach so far beyond their border."""
LEVEL_SHARE = 0.3
"""In more than this share of its columns a line runs level."""


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """The rows that carry traces, from top to bottom, and the ink that they were read from.

    ``hidden``: columns, (row, column), in which strokes between columns were taken out near a row.
    """

    rows: tuple[TracedRow, ...]
    cover: NDArray[np.float32]
    ink: Ink
    all_ink: NDArray[np.float32]
    strokes: Strokes | None = None
    words: tuple[Word, ...] = ()
    printed: NameGrid | None = None
    pulses: PulseShape | None = None
    hidden: NDArray[np.bool_] | None = None


def trace_rows(sheet: Sheet, way: str = "auto") -> Traced:
    """All rows of traces of a sheet."""
    ink = find_ink(sheet, way)
    cover, words = at_once(
        lambda: _clean(ink, sheet), lambda: find_words(ink.words, sheet.px_per_mm)
    )
    traced = _trace(sheet, ink, cover, words)
    return _trace_faint(sheet, traced)


def _trace_faint(sheet: Sheet, traced: Traced) -> Traced:
    """Rows with gaps traced again in raised ink, where their lines are faint beside full ink."""
    seen = _seen(traced.rows)
    if not traced.rows or seen > WHOLE:
        return traced
    times = times_fainter(traced.cover, [row.line.centre for row in traced.rows])
    if times == 1.0:
        return traced
    ink = raised(traced.ink, times)
    again = _trace(sheet, ink, _clean(ink, sheet), traced.words)
    better = len(again.rows) >= len(traced.rows) and _seen(again.rows) > seen + MORE_WHOLE
    return again if better else traced


def _seen(rows: Sequence[TracedRow]) -> float:
    """In which share of their columns rows have ink."""
    return float(np.mean([row.present for row in rows])) if rows else 0.0


def trace_classically(sheet: Sheet, traced: Traced) -> Traced:
    """All rows of traces again, in classical ink; what is known of it is not sought twice."""
    ink = traced.ink.classical or classical_ink(sheet)
    same = ink.words is traced.ink.words
    words = traced.words if same else find_words(ink.words, sheet.px_per_mm)
    return _trace(sheet, ink, _clean(ink, sheet), words)


def _clean(ink: Ink, sheet: Sheet) -> NDArray[np.float32]:
    """Ink without rules, blobs and specks."""
    cover = without_rules(ink.cover, sheet.px_per_mm)
    cover = without_blobs(cover, sheet.px_per_mm)
    return without_specks(cover, sheet.px_per_mm)


def _trace(sheet: Sheet, ink: Ink, cover: NDArray[np.float32], words: tuple[Word, ...]) -> Traced:
    """All rows of traces in the ink, of which ``cover`` may be a trace's."""
    cover = without_words(cover, words, sheet.px_per_mm)
    candidates = find_rows(cover, sheet.px_per_mm)
    if not candidates:
        return Traced((), cover, ink, ink.strokes, None, words)
    printed = read_grid(lead_names(words, sheet.px_per_mm))
    if printed is not None:
        candidates = rows_by_names(
            candidates, printed.down_mm + printed.strips_mm, sheet.px_per_mm[0], cover.shape[1],
            cover,
        )  # fmt: skip
    strokes = find_strokes(cover, None, sheet)
    found = _follow(candidates, strokes, sheet, words)
    moved = moved_up_or_down(candidates, found)
    if moved is not None:
        other = _follow(moved, strokes, sheet, words)
        if lost_count(other) < lost_count(found):
            candidates, found = moved, other
    kept = _traces_only(found)
    if kept and len(kept) < len(candidates):
        kept = _traces_only(_follow([t.row for t in kept], strokes, sheet, words))
    kept, strokes = _below_handwriting(kept, strokes, ink, sheet, words)
    return Traced(
        tuple(kept),
        strokes.cover,
        ink,
        ink.strokes,
        strokes,
        words,
        printed,
        _pulses(kept, ink, sheet),
    )


def _below_handwriting(
    rows: list[TracedRow], strokes: Strokes, ink: Ink, sheet: Sheet, words: Sequence[Word]
) -> tuple[list[TracedRow], Strokes]:
    """The rows followed again, on what is written over them only where nothing else leads on."""
    plain = ink.classical or ink
    colours = Colours(sheet.image, plain.papers)
    lines = [row.line for row in rows]
    figures = find_figures(plain.cover, lines, sheet.px_per_mm, colours)
    if ink.classical is not None:
        figures = seen_in(strokes.cover, plain.cover, figures)
    while figures:
        cover = strokes.cover
        if ink.classical is not None:
            cover = beside_figures(cover, _clean(ink.classical, sheet), figures, sheet.px_per_mm)
        bare = find_strokes(*without_figures(cover, figures), sheet)
        again = _traces_only(_follow([row.row for row in rows], bare, sheet, words))
        if len(again) < len(rows):
            break
        surely = no_traces(figures, [row.line for row in again], sheet.px_per_mm[0])
        if len(surely) == len(figures):
            return again, bare
        figures = surely
    return rows, strokes


def _pulses(
    rows: Sequence[TracedRow],
    ink: Ink,
    sheet: Sheet,
    ends_px: tuple[float, float] | None = None,
) -> PulseShape | None:
    """The calibration pulses that most rows have before their start or behind their end."""
    if not rows:
        return None
    return find_pulse_shapes(
        ink.strokes,
        [row.row.baseline_px for row in rows],
        common_ends(rows, sheet.px_per_mm[1]) if ends_px is None else ends_px,
        sheet.px_per_mm,
    )


def pulses_beside(traced: Traced, sheet: Sheet, ends_px: tuple[float, float]) -> Traced:
    """Calibration pulses sought again where rows end elsewhere than their ink: in a frame, say."""
    if traced.pulses is not None or not traced.rows:
        return traced
    before = common_ends(traced.rows, sheet.px_per_mm[1])
    moved = max(abs(new - old) for new, old in zip(ends_px, before, strict=True))
    if moved < ELSEWHERE_MM * sheet.px_per_mm[1]:
        return traced
    return replace(traced, pulses=_pulses(traced.rows, traced.ink, sheet, ends_px))


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
    """
    if not len(borders_px) and not any(_meets(row) for row in traced.rows):
        return traced
    cover = _without_bars(traced, sheet, borders_px, upper)
    starts = [
        (row.row.baseline_px, left)
        for i, row in enumerate(traced.rows)
        for left in (ends_px[0], *(borders_px if i < upper else ()))
    ]
    unread = unread_names(traced.words, starts, sheet.px_per_mm)
    words = (*traced.words, *unread)
    breaks = np.zeros((len(traced.rows), cover.shape[1]), bool)
    first = np.ceil(np.asarray(borders_px)).astype(int)
    breaks[:upper, first[(first > 0) & (first < cover.shape[1])]] = True
    begin = int(np.clip(np.ceil(ends_px[0]), 0, cover.shape[1] - 1))
    breaks[:, begin] = True
    leads = [[ends_px[0], *(borders_px if i < upper else ()), ends_px[1]]
             for i in range(len(traced.rows))]  # fmt: skip
    hidden = _hidden(traced, cover, sheet.px_per_mm)
    cover = without_words(cover, unread, sheet.px_per_mm)
    strokes = traced.strokes
    if strokes is None or cover is not traced.cover:
        written = None if traced.strokes is None else traced.strokes.written
        strokes = find_strokes(cover, written, sheet)
    rows = [t.row for t in traced.rows]
    spare = _spare(traced, borders_px, sheet.px_per_mm[1])
    kin = () if kinship is None else kinship(traced.rows)
    again = _follow(rows, strokes, sheet, words, breaks, hidden, leads, spare, None, kin)
    if len(again) != len(traced.rows):
        return traced
    meet = any(_meets(row) for row in again)
    expected = expect(again) if expect is not None and meet else None
    if expected is not None:
        surer = _follow(rows, strokes, sheet, words, breaks, hidden, leads, spare, expected, kin)
        if len(surer) == len(again):
            again = either_rows(again, surer, expected, sheet.px_per_mm)
    # What stands before the first lead was followed with less care than the first time.
    kept = [
        replace(new, pulse=old.pulse, left_px=old.left_px, right_px=old.right_px)
        for new, old in zip(again, traced.rows, strict=True)
    ]
    return replace(traced, rows=tuple(kept), cover=cover, strokes=strokes, hidden=hidden)


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


def _spare(
    traced: Traced, borders_px: Sequence[float], px_per_mm: float
) -> NDArray[np.float32] | None:
    """Classical ink beside a network's, without the strokes between columns."""
    if traced.ink.classical is None:
        return None
    out = traced.ink.classical.cover.copy()
    for border in borders_px:
        near = BESIDE_BORDER_MM * px_per_mm
        out[:, max(0, round(border - near)) : max(0, round(border + near) + 1)] = 0.0
    return out


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


def _follow(
    rows: Sequence[Row],
    strokes: Strokes,
    sheet: Sheet,
    words: Sequence[Word],
    breaks: NDArray[np.bool_] | None = None,
    hidden: NDArray[np.bool_] | None = None,
    leads_px: Sequence[Sequence[float]] | None = None,
    spare: NDArray[np.float32] | None = None,
    expected: NDArray[np.float64] | None = None,
    kin: Sequence[Kinship] = (),
) -> list[TracedRow]:
    """Rows that have a trace; strokes are told apart where it is known where leads begin.

    ``spare``: a cover in which what a network took for print is still there; ``expected``: as for
    :func:`ecgpage.digitise.tracing.follow.follow_rows`.
    """
    cover, closed = strokes.cover, strokes.closed
    printed = in_words(strokes.runs, words, sheet.px_per_mm)
    if strokes.hides is not None:
        printed = printed | strokes.hides
    told, pen_px = expected, strokes.runs.pen_px
    if leads_px is not None:
        end_px = max(lead[-1] for lead in leads_px)
        if expected is not None:
            expected = without_held(expected, closed, sheet.px_per_mm, pen_px, end_px)
        gates = find_gates(strokes.runs, rows, cover.shape[1], sheet.px_per_mm[1], printed)
        if gates is not None and expected is not None:
            gates = np.where(np.isfinite(gates), gates, expected)
        expected = expected if gates is None else gates
    paths = follow_rows(
        strokes.runs, rows, cover.shape[1], sheet.px_per_mm, breaks, hidden, printed, expected
    )
    if strokes.written is not None:
        paths, seen = bridge(paths, strokes.written, sheet.px_per_mm[1], strokes.runs.pen_px)
        cover, closed = np.maximum(cover, seen), np.maximum(closed, seen)
    if leads_px is None:
        paths = part_runs(paths, strokes.runs.pen_px)
    else:
        pen_px = _pen(paths, closed)
        paths = hand_out_tails(paths, closed, sheet.px_per_mm, pen_px, end_px, told)
        paths, restored = fill_holes(paths, closed, sheet.px_per_mm, pen_px, leads_px, spare)
        closed = restored(closed)
        cover = restored(cover)
        paths = untangle(paths, closed, sheet.px_per_mm, pen_px, breaks, expected, kin)
        paths = without_strays(paths, closed, leads_px, sheet.px_per_mm)
    bent = sheet.nodes_px is not None
    lines = with_width([measure_line(cover, closed, path, bent) for path in paths], closed)
    found = [
        trace_extent(row, path, line, sheet.px_per_mm)
        for row, path, line in zip(rows, paths, lines, strict=True)
    ]
    return with_lost(rows, lines, found)


def _pen(paths: Sequence[Path], closed: NDArray[np.float32]) -> float:
    """How much ink the line leaves in a column where it runs level, in pixels."""
    mass = []
    for path in paths:
        columns = np.flatnonzero(path.there)
        below = np.minimum(path.bottom[columns] + 2, len(closed))
        above = np.maximum(path.top[columns] - 1, 0)
        mass.append(column_sums(closed, above, below, columns))
    every = np.concatenate(mass)
    return max(float(np.quantile(every, LEVEL_SHARE)), 1.0) if every.size else 1.0


def _traces_only(found: list[TracedRow]) -> list[TracedRow]:
    """Rows that can be traces: long, mostly inked, not ruled, far from empty."""
    good = [
        t
        for t in found
        if t.row.sure or (t.present > LEAST_PRESENT and t.spread_mm > LEAST_SPREAD_MM)
    ]
    if not good:
        return []
    pen = float(np.median([t.line.thickness for t in good]))
    good = [t for t in good if t.row.sure or 0.5 * pen < t.line.thickness < 2.5 * pen]
    good = _once_each(good)
    longest = float(np.median(sorted((t.right_px - t.left_px for t in good), reverse=True)[:3]))
    return [t for t in good if t.row.sure or t.right_px - t.left_px > LEAST_SHARE * longest]


def _once_each(found: list[TracedRow]) -> list[TracedRow]:
    """Of rows that follow the same ink only the one whose baseline lies nearest."""
    kept: list[TracedRow] = []
    for row in sorted(found, key=lambda t: (not t.row.sure, _away_px(t))):
        same = (
            float(np.nanmean(np.abs(row.line.centre - other.line.centre) < 1.5)) for other in kept
        )
        if row.row.sure or not any(share > 0.3 for share in same):
            kept.append(row)
    return sorted(kept, key=lambda t: t.row.baseline_px)


def _away_px(row: TracedRow) -> float:
    return float(abs(np.nanmedian(row.line.centre) - row.row.baseline_px))
