"""Where each trace should run once it is known which lead it is: by laws, and by other beats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.choose import Placed
from ecgpage.digitise.leads.limblaws import FROM_TWO, expect_limb_leads
from ecgpage.digitise.leads.scale import Scale
from ecgpage.digitise.leads.usualbeats import Span, expect_beats, reached_around
from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
TIP_SHARE = 0.5
"""Tips of spikes reach beyond their columns' mean heights by this share of what is climbed."""


def expect_rows(
    rows: Sequence[TracedRow],
    placed: Placed,
    borders_px: Sequence[float],
    px_per_mm: tuple[float, float],
    scale: Scale,
) -> Array | None:
    """Heights between which each row's line should be, (2, row, column), NaN where unknown.

    ``borders_px``: where leads of the upper rows start, and where the last ones end. What limb
    leads of one time say counts before what other beats do. None of a single row.
    """
    if len(rows) < 2:
        return None
    lines = [row.line for row in rows]
    width = len(lines[0].centre)
    px_per_s = px_per_mm[1] * scale.speed_mm_per_s
    pitch = float(np.median(np.diff([row.row.baseline_px for row in rows])))
    upper = len(placed.layout.cells)
    starts = [int(np.clip(np.ceil(border), 0, width - 1)) for border in borders_px]
    out = np.full((2, len(rows), width), np.nan)

    def beats(which: slice, first: int, last: int) -> None:
        found = expect_beats(lines[which], Span(first, last, px_per_mm, px_per_s, pitch))
        out[:, which] = np.where(np.isfinite(found), found, out[:, which])

    def limb(column: int, first: int, last: int) -> None:
        which = [(i, lead) for i, lead in enumerate(placed.leads_at(column)) if lead in FROM_TWO]
        said = expect_limb_leads(
            [lines[i] for i, _ in which], [lead for _, lead in which], (first, last),
            px_per_mm[0] * scale.gain_mm_per_mv, px_per_s,
        )  # fmt: skip
        if said is None:
            return
        known = reached_around(said, said, px_per_s)
        known += TIP_SHARE * np.diff(known, axis=0) * np.array([-1.0, 1.0])[:, None, None]
        rows_px = [i for i, _ in which]
        out[:, rows_px] = np.where(np.isfinite(known), known, out[:, rows_px])

    if upper < len(rows):
        beats(slice(upper, len(rows)), starts[0], starts[-1] - 1)
    for column, (first, end) in enumerate(pairwise(starts)):
        beats(slice(0, upper), first, end - 1)
        limb(column, first, end - 1)
    return out
