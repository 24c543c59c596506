"""Write down what was found: the record and its :class:`ecgpage.values.Reading`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.details import Details
from ecgpage.digitise.leads.assemble import Piece
from ecgpage.digitise.leads.confidence import piece_confidence
from ecgpage.digitise.leads.scale import Scale
from ecgpage.digitise.settings import Settings
from ecgpage.values import LEADS, FoundTrace, Page, Reading, Record

Array = NDArray[np.float64]


def make_reading(
    page: Page,
    details: Details,
    pieces: Sequence[Piece],
    signal_mv: Array,
    scale: Scale,
    settings: Settings,
) -> Reading:
    """The reading of a page whose pieces are cut and stacked."""
    traces = tuple(_trace(piece, details, settings, scale.sure) for piece in pieces)
    confidence = {
        lead: max((t.confidence for t in traces if t.lead == lead), default=0.0) for lead in LEADS
    }
    coverage = {lead: float(np.isfinite(signal_mv[i]).mean()) for i, lead in enumerate(LEADS)}
    reasons = _reasons(coverage, details, pieces, settings.rate_hz)
    record = Record(
        signal_mv=signal_mv,
        rate_hz=settings.rate_hz,
        name=Path(page.source).stem,
        reasons=reasons,
        confidence=confidence,
    )
    placed = details.placed
    clarity = 0.0 if details.lattice is None else details.lattice.clarity
    checks = {"grid_clarity": clarity, "names": placed.named}
    if placed.misfit is not None:
        checks["einthoven_misfit"] = placed.misfit
    checks["scale_sure"] = scale.sure
    checks["ink_by_network"] = float(details.traced.ink.learned)
    return Reading(
        record=record,
        source=page.name,
        layout=placed.layout.name,
        rhythm=tuple(name for name, _ in placed.strips),
        vector=False,
        px_per_mm=details.sheet.px_per_mm,
        speed_mm_per_s=scale.speed_mm_per_s,
        gain_mm_per_mv=scale.gain_mm_per_mv,
        scale_from={"speed": scale.speed_from, "gain": scale.gain_from},
        rotation_deg=details.sheet.rotation_deg,
        bend_mm=details.sheet.bend_mm,
        confidence=confidence,
        coverage=coverage,
        reasons=reasons,
        checks=checks,
        traces=traces,
    )


def _trace(piece: Piece, details: Details, settings: Settings, scale_sure: float) -> FoundTrace:
    """One stretch; it is as sure as its line and the page's speed and gain are."""
    unseen = np.isnan(piece.rows_px)
    points = np.stack([np.where(unseen, 0.0, piece.rows_px), piece.columns_px], axis=1)
    points = details.sheet.to_page(points)
    points[unseen] = np.nan
    return FoundTrace(
        lead=piece.stretch.lead,
        rhythm=piece.stretch.strip,
        start_s=piece.first / settings.rate_hz,
        end_s=(piece.first + len(piece.signal_mv)) / settings.rate_hz,
        points_px=points,
        coverage=piece.coverage,
        confidence=round(piece_confidence(piece, details) * scale_sure, 3),
    )


def _filled(pieces: Sequence[Piece], lead: str) -> int:
    """How many of a lead's samples are told by its other beats; a strip shows them itself."""
    own = [p for p in pieces if p.stretch.lead == lead]
    return 0 if any(p.stretch.strip for p in own) else sum(p.filled for p in own)


def _reasons(
    coverage: dict[str, float], details: Details, pieces: Sequence[Piece], rate_hz: float
) -> dict[str, str]:
    shown = {s.lead for s in details.placed.stretches}
    out = {}
    for lead, share in coverage.items():
        if lead not in shown:
            out[lead] = "not on the page"
        elif share < 0.995:
            out[lead] = f"the page shows {share:.0%} of the time axis"
        filled_ms = 1000 * _filled(pieces, lead) / rate_hz
        if filled_ms > 0:
            under = f"{filled_ms:.0f} ms under strokes between columns as in its other beats"
            out[lead] = f"{out[lead]}; {under}" if lead in out else under
    return out
