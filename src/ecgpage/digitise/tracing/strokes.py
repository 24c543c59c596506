"""A cover's runs of ink, with gaps closed, and with what is written over it told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.tracing.handwriting import with_written
from ecgpage.digitise.tracing.runs import Runs, find_runs, without_gaps


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """A cover, the same with gaps closed where the grid cuts strokes, and its runs.

    ``written``: where handwriting was taken out of it; ``hides``: which runs are that.
    """

    cover: NDArray[np.float32]
    closed: NDArray[np.float32]
    runs: Runs
    written: NDArray[np.bool_] | None = None
    hides: NDArray[np.bool_] | None = None


def find_strokes(
    cover: NDArray[np.float32],
    written: NDArray[np.bool_] | None,
    sheet: Sheet,
    before: Strokes | None = None,
) -> Strokes:
    """Runs of a cover, gaps where the grid cuts strokes closed; handwriting was taken out of it.

    ``before``: those of a cover that differs in few columns.
    """
    closed = _closed(cover, sheet.px_per_mm, before)
    runs = find_runs(closed, sheet.px_per_mm[0])
    if written is None:
        return Strokes(cover, closed, runs)
    runs, hides = with_written(runs, written, sheet.px_per_mm[0])
    return Strokes(cover, closed, runs, written, hides)


def _closed(
    cover: NDArray[np.float32], px_per_mm: tuple[float, float], before: Strokes | None
) -> NDArray[np.float32]:
    """The cover without gaps: each column by itself, and those alone that have changed."""
    if before is None:
        return without_gaps(cover, px_per_mm)
    changed = np.flatnonzero((cover != before.cover).any(axis=0))
    closed = before.closed.copy()
    if changed.size:
        closed[:, changed] = without_gaps(np.ascontiguousarray(cover[:, changed]), px_per_mm)
    return closed
