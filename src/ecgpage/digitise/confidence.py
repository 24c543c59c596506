"""How sure each lead is, from what was seen on the way."""

from __future__ import annotations

from ecgpage.digitise.assemble import Piece
from ecgpage.digitise.details import Details


def piece_confidence(piece: Piece, details: Details) -> float:
    """Confidence of one stretch, 0 to 1.

    A product of how much of it was seen, how clear its ink stands out, and whether the leads
    that were recorded together fit each other.
    """
    seen = max(0.0, min(1.0, (piece.coverage - 0.5) / 0.48))
    clear = max(0.2, min(1.0, details.traced.ink.clear / 0.35))
    misfit = details.placed.misfit
    physics = 0.75 if misfit is None else max(0.1, min(1.0, 1.35 - 0.9 * misfit))
    return round(seen * clear * physics, 3)
