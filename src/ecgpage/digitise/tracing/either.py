"""Of two followings of one row, stretch by stretch the one that runs where it was expected.

A row that is followed once more, where it is expected to be, may be led astray there by ink that it
had not met before. Where the two differ, the one that keeps nearer to what is expected is kept; the
later one where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line

Array = NDArray[np.float64]
DIFFER_PX = 1.0
"""Lines further apart than this differ."""
JOIN_MM = 1.5
"""Stretches no further apart than this are one."""
MOST_MM = 4.0
"""No column counts for more than this distance, nor does one without a line."""
LEAST_GAIN_MM = 3.0
"""Distances summed over columns, in mm times mm along the row, by which the earlier is nearer."""


def either_rows(
    earlier: Sequence[TracedRow],
    later: Sequence[TracedRow],
    expected: Array,
    px_per_mm: tuple[float, float],
) -> list[TracedRow]:
    """The later rows, with the earlier ones' lines where those lie nearer to what is expected.

    ``expected``: borders between which each line should be, (2, row, column), NaN where unknown.
    """
    return [
        replace(new, line=_either(old.line, new.line, expected[:, i], px_per_mm))
        for i, (old, new) in enumerate(zip(earlier, later, strict=True))
    ]


def _either(old: Line, new: Line, expected: Array, px_per_mm: tuple[float, float]) -> Line:
    """The later line with stretches of the earlier one."""
    same = np.abs(old.centre - new.centre) <= DIFFER_PX
    same |= np.isnan(old.centre) & np.isnan(new.centre)
    gain = (_away_mm(new, expected, px_per_mm) - _away_mm(old, expected, px_per_mm)) / px_per_mm[1]
    take = np.zeros(len(same), bool)
    for first, last in _stretches(~same, JOIN_MM * px_per_mm[1]):
        take[first:last] = gain[first:last].sum() > LEAST_GAIN_MM
    if not take.any():
        return new
    arrays = {
        name: np.where(take, getattr(old, name), getattr(new, name))
        for name in ("centre", "high", "low", "upper", "lower")
    }
    buried = new.buried
    if old.buried is not None and new.buried is not None:
        buried = np.where(take, old.buried, new.buried)
    return replace(new, buried=buried, **arrays)


def _away_mm(line: Line, expected: Array, px_per_mm: tuple[float, float]) -> Array:
    """How far a line is from between the borders in each column; nothing where unknown."""
    upper, lower = expected
    away = np.maximum(np.maximum(upper - line.centre, line.centre - lower), 0.0) / px_per_mm[0]
    away = np.where(np.isnan(line.centre), MOST_MM, np.minimum(away, MOST_MM))
    return np.where(np.isfinite(upper), away, 0.0)


def _stretches(mask: NDArray[np.bool_], gap_px: float) -> list[tuple[int, int]]:
    """Runs of True, first and one past the last, those joined that are so near."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    out: list[tuple[int, int]] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if out and first - out[-1][1] <= gap_px:
            out[-1] = (out[-1][0], int(last))
        else:
            out.append((int(first), int(last)))
    return out
