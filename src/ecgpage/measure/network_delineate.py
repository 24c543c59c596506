"""The delineator with the network, and the check that its P waves are some."""

from __future__ import annotations

from pathlib import Path

from ecgpage.measure.classical import p_likeness
from ecgpage.measure.marks import KINDS, Array, Delineation, Kind
from ecgpage.measure.network import score_leads
from ecgpage.measure.network_decode import decode
from ecgpage.measure.network_fast import add_fast_p_waves

ALIKE = 0.75
"""Above this likeness of the hills before the QRS complexes P waves are taken as they are."""
SLOPE = 2.0
"""Below it they must stand before a share of the QRS complexes that rises by this slope: a
fifth at a likeness of 0.65, a half at 0.5, nearly all at 0.25. Chosen on the LUDB records that
are not set aside: in fibrillation likeness is 0.3 to 0.6 and the share up to 0.1, in sinus
rhythm likeness is mostly above 0.9, rarely 0.6, and the share 0.5 and more."""


def delineate_by_network(
    signal_mv: Array, rate_hz: float, weights: Path | None = None
) -> Delineation:
    """Marks of all leads; P waves only where what stands before the QRS complexes is alike.

    In fibrillation the network, which sees a few seconds at a time, takes some f waves for P.
    Over the whole record they are few and differ from beat to beat; then none of them counts.
    """
    found = decode(score_leads(signal_mv, rate_hz, weights))
    found = add_fast_p_waves(found, signal_mv, rate_hz, weights)
    likeness = p_likeness(signal_mv, rate_hz)
    if likeness is None or likeness > ALIKE:
        return found
    counts = {kind: sum(m.kind == kind for lead in found.leads for m in lead) for kind in KINDS}
    if counts["P"] >= SLOPE * (ALIKE - likeness) * counts["QRS"]:
        return found

    def absence(lead: int, kind: Kind, from_s: float, to_s: float) -> float:
        own = found.absence(lead, kind, from_s, to_s)
        return max(own, 1.0 - likeness) if kind == "P" else own

    leads = tuple(tuple(mark for mark in lead if mark.kind != "P") for lead in found.leads)
    return Delineation(leads, absence)
