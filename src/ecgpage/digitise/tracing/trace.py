"""From a flat sheet to its rows of traces: ink, words, rows, and each followed a first time."""

from __future__ import annotations

from collections.abc import Sequence
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
from ecgpage.digitise.tracing.ends import common_ends
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.followed import follow_traces, traces_only
from ecgpage.digitise.tracing.handwriting import (
    Colours,
    beside_figures,
    find_figures,
    no_traces,
    seen_in,
    without_figures,
)
from ecgpage.digitise.tracing.lettering import without_words
from ecgpage.digitise.tracing.lostrows import lost_count, moved_up_or_down
from ecgpage.digitise.tracing.pulseshape import PulseShape, find_pulse_shapes
from ecgpage.digitise.tracing.rows import find_rows, rows_by_names
from ecgpage.digitise.tracing.runs import without_blobs, without_specks
from ecgpage.digitise.tracing.strokes import Strokes, find_strokes
from ecgpage.digitise.words.printed import Word, find_words

WHOLE, MORE_WHOLE = 0.93, 0.03
"""Share of its columns in which the usual row has ink, below which faint lines are raised, and how
much more of it must be seen then."""
ELSEWHERE_MM = 5.0
"""Pulses are sought again where rows end so far from where their ink does."""


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
    """All rows of traces in the ink, of which ``cover`` may be a trace's; it is written to."""
    cover = without_words(cover, words, sheet.px_per_mm, in_place=True)
    candidates, printed = at_once(
        lambda: find_rows(cover, sheet.px_per_mm),
        lambda: read_grid(lead_names(words, sheet.px_per_mm)),
    )
    if not candidates:
        return Traced((), cover, ink, ink.strokes, None, words)
    if printed is not None:
        candidates = rows_by_names(
            candidates, printed.down_mm + printed.strips_mm, sheet.px_per_mm[0], cover.shape[1],
            cover,
        )  # fmt: skip
    strokes = find_strokes(cover, None, sheet)
    found = follow_traces(candidates, strokes, sheet, words)
    moved = moved_up_or_down(candidates, found)
    if moved is not None:
        other = follow_traces(moved, strokes, sheet, words)
        if lost_count(other) < lost_count(found):
            candidates, found = moved, other
    kept = traces_only(found)
    if kept and len(kept) < len(candidates):
        kept = traces_only(follow_traces([t.row for t in kept], strokes, sheet, words))
    (rows, strokes), pulses = at_once(
        lambda: _below_handwriting(kept, strokes, ink, sheet, words),
        lambda: _pulses(kept, ink, sheet),
    )
    if rows is not kept:
        pulses = _pulses(rows, ink, sheet)
    return Traced(tuple(rows), strokes.cover, ink, ink.strokes, strokes, words, printed, pulses)


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
        again = traces_only(follow_traces([row.row for row in rows], bare, sheet, words))
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
