"""The delineator with the network, and the check that its P waves are some."""

from __future__ import annotations

from pathlib import Path

from ecgpage.measure.classical import LIKENESS, p_likeness
from ecgpage.measure.marks import KINDS, Array, Delineation, Kind
from ecgpage.measure.network import score_leads
from ecgpage.measure.network_decode import decode

DOUBTFUL = 0.7
"""Below this likeness the hills before the QRS complexes may be either P or f waves."""
MOST = 0.6
"""Where it is doubtful, P waves must stand before this share of the QRS complexes."""


def delineate_by_network(
    signal_mv: Array, rate_hz: float, weights: Path | None = None
) -> Delineation:
    """Marks of all leads; P waves only where what stands before the QRS complexes is alike.

    In fibrillation the network, which sees a few seconds at a time, takes some f waves for P.
    Over the whole record they differ from beat to beat, and then none of them counts.
    """
    found = decode(score_leads(signal_mv, rate_hz, weights))
    likeness = p_likeness(signal_mv, rate_hz)
    if likeness is None or likeness > DOUBTFUL:
        return found
    counts = {kind: sum(m.kind == kind for lead in found.leads for m in lead) for kind in KINDS}
    if likeness > LIKENESS and counts["P"] >= MOST * counts["QRS"]:
        return found

    def absence(lead: int, kind: Kind, from_s: float, to_s: float) -> float:
        own = found.absence(lead, kind, from_s, to_s)
        return max(own, 1.0 - likeness) if kind == "P" else own

    leads = tuple(tuple(mark for mark in lead if mark.kind != "P") for lead in found.leads)
    return Delineation(leads, absence)
