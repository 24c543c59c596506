"""Rows of which print speaks and little or no trace was found: kept empty, or sought elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.rows import Row

LEAST_LENGTH = 0.35
"""A row that was followed over less than this share of the others' length is lost."""


def with_lost(
    rows: Sequence[Row], lines: Sequence[Line], found: Sequence[TracedRow | None]
) -> list[TracedRow]:
    """The rows that were found, and those without a trace of which print is sure.

    A lead whose row is lost is unknown; left out, the row would shift all others to other leads.
    """
    seen = [row for row in found if row is not None]
    if not seen:
        return []
    left = float(np.median([row.left_px for row in seen]))
    right = float(np.median([row.right_px for row in seen]))
    out = []
    for row, line, traced in zip(rows, lines, found, strict=True):
        if traced is not None:
            out.append(traced)
        elif row.sure:
            there = np.isfinite(line.centre[int(left) : int(right) + 1])
            out.append(TracedRow(row, line, left, right, None, float(there.mean()), 0.0))
    return out


def is_lost(row: TracedRow, others: Sequence[TracedRow]) -> bool:
    """Whether little of a row was followed, against the others."""
    usual = float(np.median([other.right_px - other.left_px for other in others]))
    return row.present * (row.right_px - row.left_px) < LEAST_LENGTH * usual


def moved_up_or_down(rows: Sequence[Row], found: Sequence[TracedRow]) -> list[Row] | None:
    """The rows one place further down where the first is lost, or up where the last is.

    Names at even distances fit rows at the same distances in more ways than one, where they stand
    far from their own. None where neither end is lost, or both are.
    """
    sure = [row for row in rows if row.sure]
    traced = [row for row in found if row.row.sure]
    if len(sure) < 3 or len(traced) < 3:
        return None
    pitch = float(np.median(np.diff([row.baseline_px for row in sure])))
    first, last = (
        all(t.row.baseline_px != end.baseline_px or is_lost(t, traced) for t in traced)
        for end in (sure[0], sure[-1])
    )
    if first == last:
        return None
    if first:
        end = replace(sure[-1], baseline_px=sure[-1].baseline_px + pitch)
        moved = [*sure[1:], end]
    else:
        end = replace(sure[0], baseline_px=sure[0].baseline_px - pitch)
        moved = [end, *sure[:-1]]
    near = pitch / 2
    others = [row for row in rows if not row.sure and abs(row.baseline_px - end.baseline_px) > near]
    return sorted(moved + others, key=lambda row: row.baseline_px)


def lost_row_elsewhere(found: Sequence[TracedRow]) -> list[TracedRow] | None:
    """The same rows with the lost one at the other end, None unless just one end's row is lost.

    As :func:`moved_up_or_down` where neither place has a trace: then the leads' laws must say
    which row it is that is lost.
    """
    if len(found) < 3 or not all(row.row.sure for row in (found[0], found[-1])):
        return None
    first, last = is_lost(found[0], found), is_lost(found[-1], found)
    if first == last:
        return None
    pitch = float(np.median(np.diff([row.row.baseline_px for row in found])))
    empty, end, way = (found[0], found[-1], 1.0) if first else (found[-1], found[0], -1.0)
    row = replace(empty.row, baseline_px=end.row.baseline_px + way * pitch)
    unseen = np.full_like(empty.line.centre, np.nan)
    line = replace(
        empty.line, centre=unseen, high=unseen, low=unseen, upper=unseen, lower=unseen, buried=None
    )
    moved = replace(empty, row=row, line=line, pulse=None, present=0.0)
    return [*found[1:], moved] if first else [moved, *found[:-1]]


def lost_count(found: Sequence[TracedRow]) -> int:
    """How many of the rows of which print is sure are lost."""
    sure = [row for row in found if row.row.sure]
    return sum(is_lost(row, sure) for row in sure)
