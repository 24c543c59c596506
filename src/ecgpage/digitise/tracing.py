"""From a flat sheet to its rows of traces: ink, rows, paths, lines, extents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.extents import TracedRow, trace_extent
from ecgpage.digitise.follow import follow_rows
from ecgpage.digitise.frames import without_rules
from ecgpage.digitise.ink import Ink, find_ink
from ecgpage.digitise.line import measure_line, running_sums
from ecgpage.digitise.rows import Row, find_rows
from ecgpage.digitise.runs import find_runs, without_specks
from ecgpage.digitise.sheet import Sheet

LEAST_PRESENT = 0.6
LEAST_SPREAD_MM = 0.12
"""A row whose line never leaves its median by more than this is a rule, not a trace."""
LEAST_SHARE = 0.55
"""Rows shorter than this share of the longest are lettering or scraps."""


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """The rows that carry traces, from top to bottom, and the ink that they were read from."""

    rows: tuple[TracedRow, ...]
    cover: NDArray[np.float32]
    ink: Ink


def trace_rows(sheet: Sheet) -> Traced:
    """All rows of traces of a sheet."""
    ink = find_ink(sheet)
    cover = without_rules(ink.cover, sheet.px_per_mm)
    cover = without_specks(cover, sheet.px_per_mm)
    candidates = find_rows(cover, sheet.px_per_mm)
    if not candidates:
        return Traced((), cover, ink)
    found = _follow(candidates, cover, sheet)
    kept = _traces_only(found)
    if kept and len(kept) < len(found):
        kept = _traces_only(_follow([t.row for t in kept], cover, sheet))
    return Traced(tuple(kept), cover, ink)


def _follow(rows: list[Row], cover: NDArray[np.float32], sheet: Sheet) -> list[TracedRow]:
    paths = follow_rows(find_runs(cover), rows, cover.shape[1], sheet.px_per_mm)
    sums = running_sums(cover)
    found = []
    for row, path in zip(rows, paths, strict=True):
        line = measure_line(cover, sums, path)
        traced = trace_extent(row, path, line, sheet.px_per_mm)
        if traced is not None:
            found.append(traced)
    return found


def _traces_only(found: list[TracedRow]) -> list[TracedRow]:
    """Rows that can be traces: long, mostly inked, not ruled, far from empty."""
    good = [t for t in found if t.present > LEAST_PRESENT and t.spread_mm > LEAST_SPREAD_MM]
    if not good:
        return []
    longest = float(np.median(sorted((t.right_px - t.left_px for t in good), reverse=True)[:3]))
    return [t for t in good if t.right_px - t.left_px > LEAST_SHARE * longest]
