"""Onset, peak and end of waves relative to the R peak: lead by lead, and over all leads.

A lead's bound is the median over its beats; the bound over all leads is a quantile of these,
so that one lead with a wrong mark does not decide. A person's marks count before all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Wave, Waves
from ecgpage.values.waves import GLOBAL

Array = NDArray[np.float64]

FIRST, LAST = 0.25, 0.75
"""Quantiles over leads that stand for the first onset and the last end."""
REACH_S = {"P": (-0.45, 0.0), "QRS": (-0.15, 0.15), "T": (0.06, 0.75)}
"""Where a wave's peak may lie, relative to the R peak that it belongs to."""
USUAL_QRS_S = (-0.045, 0.055)
"""QRS bounds that are taken only to find the level where no QRS was bounded."""


def relative(waves: Sequence[Wave], kind: str, r_s: Array) -> list[tuple[int, Wave]]:
    """Each wave with the number of the beat that it belongs to."""
    found = []
    low, high = REACH_S[kind]
    gaps = np.diff(r_s)
    for wave in waves:
        at = wave.peak_s if wave.peak_s is not None else wave.onset_s
        if at is None or r_s.size == 0:
            continue
        if wave.beat is not None:
            beat = wave.beat
        elif kind == "P":
            beat = int(np.searchsorted(r_s, at, side="left"))
        elif kind == "T":
            beat = int(np.searchsorted(r_s, at, side="right")) - 1
        else:
            beat = int(np.abs(r_s - at).argmin())
        if not 0 <= beat < r_s.size:
            continue
        shift = at - r_s[beat]
        far = high if kind != "T" or beat >= gaps.size else min(high, 0.9 * float(gaps[beat]))
        if low <= shift <= far:
            found.append((beat, wave))
    return found


def lead_bounds(
    waves: Waves,
    kind: str,
    r_s: Array,
    kept: NDArray[np.bool_],
    by_hand: Sequence[Wave] = (),
    lags: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """By lead: onset, peak and end relative to R in s (median over kept beats, NaN unknown).

    Where a person has set a bound of a lead, in any beat, that alone is taken for it.
    ``lags``: how late a strip's beats are (:func:`ecgpage.measure.strip_lags.strip_lags`).
    """
    out = {}
    for lead, found in _by_lead(waves.waves, kind).items():
        own = r_s + (lags or {}).get(lead, 0.0)
        rows = [_row(wave, own[beat]) for beat, wave in relative(found, kind, own) if kept[beat]]
        if rows:
            out[lead] = _median(rows)
    for lead, row in _set_by_hand(by_hand, kind, r_s, lags).items():
        out[lead] = np.where(np.isfinite(row), row, out.get(lead, np.full(3, np.nan)))
    return out


def global_bounds(
    waves: Waves,
    r_s: Array,
    kept: NDArray[np.bool_],
    by_hand: Sequence[Wave] = (),
    lags: Mapping[str, Array] | None = None,
) -> dict[str, float]:
    """Bounds over all leads, relative to R in s; NaN where no lead has one.

    A person's mark of the lead ``global`` is the bound; else, where a person has set it in
    some leads, these alone are asked.
    """
    found = {}
    for kind, name in (("P", "p"), ("QRS", "qrs"), ("T", "t")):
        own = _set_by_hand(by_hand, kind, r_s, lags)
        leads = lead_bounds(waves, kind, r_s, kept, (), lags)
        for column, (place, q) in enumerate((("on", FIRST), ("peak", 0.5), ("off", LAST))):
            asked = [row[column] for row in leads.values()]
            hand = {lead: row[column] for lead, row in own.items() if np.isfinite(row[column])}
            if hand:
                asked = [hand[GLOBAL]] if GLOBAL in hand else list(hand.values())
            found[f"{name}_{place}"] = _quantile(np.array(asked, dtype=np.float64), q)
    return found


def _by_lead(waves: Sequence[Wave], kind: str) -> dict[str, list[Wave]]:
    leads: dict[str, list[Wave]] = {}
    for wave in waves:
        if wave.wave == kind and wave.found and wave.lead != GLOBAL:
            leads.setdefault(wave.lead, []).append(wave)
    return leads


def _row(wave: Wave, r_s: float) -> list[float]:
    times = (wave.onset_s, wave.peak_s, wave.offset_s)
    return [np.nan if t is None else t - r_s for t in times]


def _set_by_hand(
    by_hand: Sequence[Wave], kind: str, r_s: Array, lags: Mapping[str, Array] | None
) -> dict[str, Array]:
    rows: dict[str, list[list[float]]] = {}
    for wave in by_hand:
        if wave.wave == kind and wave.beat is not None and 0 <= wave.beat < r_s.size:
            own = r_s + (lags or {}).get(wave.lead, 0.0)
            rows.setdefault(wave.lead, []).append(_row(wave, float(own[wave.beat])))
    return {lead: _median(found) for lead, found in rows.items()}


def qrs_onsets(waves: Waves, r_s: Array) -> float:
    """A first QRS onset relative to R, before beats are sorted; a usual one where unknown."""
    everything = np.ones(r_s.size, np.bool_)
    onset = global_bounds(waves, r_s, everything)["qrs_on"]
    return onset if np.isfinite(onset) else USUAL_QRS_S[0]


def _median(rows: Sequence[Sequence[float]]) -> Array:
    table = np.array(rows, dtype=np.float64)
    return np.array(
        [np.median(v[np.isfinite(v)]) if np.isfinite(v).any() else np.nan for v in table.T]
    )


def _quantile(values: Array, q: float) -> float:
    values = values[np.isfinite(values)]
    return float(np.quantile(values, q)) if values.size else float("nan")
