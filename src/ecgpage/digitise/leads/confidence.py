"""How sure each lead is: the probability that its signal is right, from what was seen on the way.

A logistic model of a few figures, fitted by ``benchmarks/confidence.py`` on own renders and
development pages; right means that the lead's signal-to-noise ratio is above 10 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.details import Details
from ecgpage.digitise.leads.assemble import Piece
from ecgpage.digitise.tracing.extents import TracedRow

Array = NDArray[np.float64]
FIGURES: tuple[str, ...] = (
    "unseen", "pale", "misfit", "shared", "broken", "jagged", "strip_unlike",
)  # fmt: skip
"""What the model looks at, in this order; see :func:`figures`."""
WEIGHTS: tuple[float, ...] = (-20.82, -6.16, -2.51, -20.06, 0.08, -0.53, -2.52)
OFFSET = 3.32
LEAST_COVERAGE = 0.3
"""A stretch of which less was seen is not known at all."""
LEAP_MM = 0.5
SAME_PX = 1.5
"""Two rows' lines this near to each other follow the same ink."""


def piece_confidence(piece: Piece, details: Details) -> float:
    """Probability that a stretch is right, 0 to 1."""
    if piece.coverage < LEAST_COVERAGE:
        return 0.0
    odds = OFFSET + float(np.dot(WEIGHTS, figures(piece, details)))
    return round(float(1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30)))), 3)


def figures(piece: Piece, details: Details) -> Array:
    """The figures of :data:`FIGURES` for one stretch.

    ``unseen``: share of the stretch without ink; ``pale``: how little ink stands out from grid;
    ``misfit``: how far leads recorded together miss Einthoven's and Goldberger's laws;
    ``shared``: share of columns in which another row's line runs along the same ink;
    ``broken``: leaps from one piece of ink to another, for each 100 mm; ``jagged``: how much
    the line goes up and down in a column, in mm; ``strip_unlike``: how unlike rhythm strips are
    to their leads.
    """
    placed, sheet = details.placed, details.sheet
    rows = details.traced.rows
    row = rows[piece.stretch.row]
    columns = np.unique(
        np.clip(np.round(piece.columns_px).astype(int), 0, len(row.line.centre) - 1)
    )
    centre = row.line.centre[columns]
    unlike = [value for _, value in placed.strips]
    return np.array(
        [
            1.0 - piece.coverage,
            float(np.clip(0.5 - details.traced.ink.clear, 0.0, 0.5)),
            0.0 if placed.misfit is None else min(placed.misfit, 1.2),
            _shared(centre, [r.line.centre[columns] for r in rows if r is not row]),
            *_restless(row, columns, sheet.px_per_mm),
            float(np.clip(max(unlike, default=0.0), 0.0, 1.0)),
        ]
    )


def _shared(centre: Array, others: list[Array]) -> float:
    """Share of columns in which another line lies within :data:`SAME_PX`."""
    if not others or not np.isfinite(centre).any():
        return 0.0
    near = [np.abs(centre - other) < SAME_PX for other in others]
    return float(np.mean(np.any(near, axis=0)))


def _restless(
    row: TracedRow, columns: NDArray[np.int64], px_per_mm: tuple[float, float]
) -> tuple[float, float]:
    """Leaps over :data:`LEAP_MM` of paper for each 100 mm, and mean height in a column in mm."""
    high, low = row.line.high[columns], row.line.low[columns]
    pen = row.line.thickness
    gap = np.maximum(high[1:] - low[:-1], high[:-1] - low[1:]) - pen
    leaps = int((gap > LEAP_MM * px_per_mm[0]).sum())
    length = max(len(columns) / px_per_mm[1], 1.0)
    tall = (low - high)[np.isfinite(low - high)]
    return (
        min(100.0 * leaps / length, 10.0),
        min(float(tall.mean()) / px_per_mm[0], 3.0) if tall.size else 0.0,
    )
