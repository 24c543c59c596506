"""How sure each lead is: the probability that its signal is right, from what was seen on the way.

A logistic model of a few figures, fitted by ``benchmarks/confidence.py`` on own renders and
development pages; right means that the lead's signal-to-noise ratio is above 10 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.assemble import Piece
from ecgpage.digitise.details import Details

Array = NDArray[np.float64]
FIGURES: tuple[str, ...] = (
    "unseen", "pale", "misfit", "unchecked", "unnamed", "shared", "tall", "coarse", "bent",
    "strip_unlike", "pulse_missing",
)  # fmt: skip
"""What the model looks at, in this order; see :func:`figures`."""
WEIGHTS: tuple[float, ...] = (0.0,) * len(FIGURES)
OFFSET = 1.5
LEAST_COVERAGE = 0.3
"""A stretch of which less was seen is not known at all."""
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
    ``misfit``: how far leads recorded together miss Einthoven's and Goldberger's laws, and
    ``unchecked`` where that could not be told; ``unnamed``: share of the layout's lead names
    that were not read at their places; ``shared``: share of columns in which another row's line
    runs along the same ink; ``tall``: how far the line leaves its row, in distances of rows;
    ``coarse``: logarithm of the width of a pixel in mm; ``bent``: how far the paper bends;
    ``strip_unlike``: how unlike rhythm strips are to their leads; ``pulse_missing``: 1 where
    no calibration pulse was seen.
    """
    placed, sheet = details.placed, details.sheet
    cells = sum(len(row) for row in placed.layout.cells)
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
            float(placed.misfit is None),
            1.0 - float(np.clip(placed.named, 0.0, cells)) / cells,
            _shared(centre, [r.line.centre[columns] for r in rows if r is not row]),
            _tall(centre, row.row.baseline_px, [r.row.baseline_px for r in rows if r is not row]),
            -float(np.log(min(sheet.px_per_mm))),
            min(sheet.bend_mm, 5.0) / 5.0,
            float(np.clip(max(unlike, default=0.0), 0.0, 1.0)),
            float(all(r.pulse is None for r in rows)),
        ]
    )


def _shared(centre: Array, others: list[Array]) -> float:
    """Share of columns in which another line lies within :data:`SAME_PX`."""
    if not others or not np.isfinite(centre).any():
        return 0.0
    near = [np.abs(centre - other) < SAME_PX for other in others]
    return float(np.mean(np.any(near, axis=0)))


def _tall(centre: Array, baseline_px: float, others_px: list[float]) -> float:
    """Largest distance from the row's baseline (0.99 quantile) over that of the next row."""
    seen = centre[np.isfinite(centre)]
    if not others_px or seen.size == 0:
        return 0.0
    apart = min(abs(other - baseline_px) for other in others_px)
    away = float(np.percentile(np.abs(seen - baseline_px), 99))
    return min(away / max(apart, 1.0), 2.0)
