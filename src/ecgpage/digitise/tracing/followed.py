"""Rows followed through strokes, from their paths to their lines: at first, and lead by lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.tracing.apart import part_runs
from ecgpage.digitise.tracing.extents import TracedRow, trace_extent
from ecgpage.digitise.tracing.follow import Path, follow_rows
from ecgpage.digitise.tracing.handwriting import bridge
from ecgpage.digitise.tracing.holes import Spare, fill_holes
from ecgpage.digitise.tracing.kinship import Kinship
from ecgpage.digitise.tracing.lettering import in_words
from ecgpage.digitise.tracing.line import measure_line
from ecgpage.digitise.tracing.lostrows import with_lost
from ecgpage.digitise.tracing.penwidth import with_width
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import column_sums
from ecgpage.digitise.tracing.strays import without_strays
from ecgpage.digitise.tracing.strokes import Strokes
from ecgpage.digitise.tracing.tails import hand_out_tails, without_held
from ecgpage.digitise.tracing.untangle import untangle
from ecgpage.digitise.words.printed import Word

Cover = NDArray[np.float32]
LEAST_PRESENT = 0.6
LEAST_SPREAD_MM = 0.3
"""A row whose line never leaves its median by more than this is a rule, not a trace."""
LEAST_SHARE = 0.55
"""Rows shorter than this share of the longest are lettering or scraps."""
LEVEL_SHARE = 0.3
"""In more than this share of its columns a line runs level."""


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """Where the leads of rows lie, and what is known of their strokes then.

    ``px``: for each row where its leads begin, and where the last ends; ``breaks`` and ``hidden``,
    (row, column), and ``printed``: as for :func:`ecgpage.digitise.tracing.follow.follow_rows`;
    ``gates``: lines that are surely each row's, (2, row, column), NaN elsewhere; ``spare``: ink
    in which what a network took for print is still there; ``kin``: how rows' heights usually go
    together.
    """

    px: Sequence[Sequence[float]]
    breaks: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    printed: NDArray[np.bool_]
    gates: NDArray[np.float64] | None
    spare: Spare | None
    kin: Sequence[Kinship]

    @property
    def end_px(self) -> float:
        """Where the last of them ends."""
        return max(row[-1] for row in self.px)


def follow_traces(
    rows: Sequence[Row], strokes: Strokes, sheet: Sheet, words: Sequence[Word]
) -> list[TracedRow]:
    """Rows that have a trace, where it is not known yet where leads begin."""
    runs, px_per_mm = strokes.runs, sheet.px_per_mm
    printed = printed_runs(strokes, words, px_per_mm)
    paths = follow_rows(runs, rows, strokes.cover.shape[1], px_per_mm, printed=printed)
    paths, cover, closed = _bridged(paths, strokes, px_per_mm[1])
    return _measured(rows, part_runs(paths, runs.pen_px), cover, closed, sheet)


def follow_leads(
    rows: Sequence[Row],
    strokes: Strokes,
    sheet: Sheet,
    leads: Leads,
    expected: NDArray[np.float64] | None = None,
) -> list[TracedRow]:
    """Rows that have a trace, followed lead by lead, their strokes told apart.

    ``expected``: as for :func:`ecgpage.digitise.tracing.follow.follow_rows`. Gates say it better,
    and where rows hold their last value it says no more than which last piece is whose.
    """
    runs, px_per_mm = strokes.runs, sheet.px_per_mm
    likely = leads.gates
    if expected is not None:
        likely = without_held(expected, strokes.closed, px_per_mm, runs.pen_px, leads.end_px)
        if leads.gates is not None:
            likely = np.where(np.isfinite(leads.gates), leads.gates, likely)
    columns = strokes.cover.shape[1]
    paths = follow_rows(
        runs, rows, columns, px_per_mm, leads.breaks, leads.hidden, leads.printed, likely
    )
    paths, cover, closed = _bridged(paths, strokes, px_per_mm[1])
    pen_px = _pen(paths, closed)
    paths = hand_out_tails(paths, closed, px_per_mm, pen_px, leads.end_px, expected)
    paths, restored = fill_holes(paths, closed, px_per_mm, pen_px, leads.px, leads.spare)
    cover, closed = restored(cover), restored(closed)
    paths = untangle(paths, closed, px_per_mm, pen_px, leads.breaks, likely, leads.kin)
    paths = without_strays(paths, closed, leads.px, px_per_mm)
    return _measured(rows, paths, cover, closed, sheet)


def printed_runs(
    strokes: Strokes, words: Sequence[Word], px_per_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Which runs lie in printed words, or are what is written over the traces."""
    printed = in_words(strokes.runs, words, px_per_mm)
    return printed if strokes.hides is None else printed | strokes.hides


def _bridged(
    paths: list[Path], strokes: Strokes, px_per_mm: float
) -> tuple[list[Path], Cover, Cover]:
    """Paths led on beneath what is written, and the covers, as found and closed, with them seen."""
    cover, closed = strokes.cover, strokes.closed
    if strokes.written is None:
        return paths, cover, closed
    paths, seen = bridge(paths, strokes.written, px_per_mm, strokes.runs.pen_px)
    return paths, np.maximum(cover, seen), np.maximum(closed, seen)


def _measured(
    rows: Sequence[Row], paths: Sequence[Path], cover: Cover, closed: Cover, sheet: Sheet
) -> list[TracedRow]:
    """The rows' lines inside the pixel, and how far they reach."""
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


def traces_only(found: list[TracedRow]) -> list[TracedRow]:
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
    """How far its line runs from its baseline in the median; infinite where none is seen."""
    seen = row.line.centre[np.isfinite(row.line.centre)]
    return float(abs(np.median(seen) - row.row.baseline_px)) if seen.size else np.inf
