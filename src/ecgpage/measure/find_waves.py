"""P, QRS and T of every beat in every lead, and of all leads together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.beats import NEAR_S, find_r_peaks
from ecgpage.measure.delineators import get_delineator
from ecgpage.measure.global_waves import global_waves
from ecgpage.measure.marks import KINDS, Delineation, Kind, Mark
from ecgpage.measure.network_input import FLAT_MV
from ecgpage.measure.wave_settings import WaveSettings
from ecgpage.values import Record, Wave, Waves

LOOKED_AT_S: dict[Kind, tuple[float, float]] = {
    "P": (-0.22, -0.08),
    "QRS": (-0.05, 0.05),
    "T": (0.16, 0.36),
}
"""From when to when, around the R peak, a lead must be seen so that a wave that is not found
counts as absent; the usual places of P, QRS and T at 75 beats a minute."""
NARROW = 0.75
"""At a high rate T is looked for up to this share of the way to the next beat, and P down to
the rest of it."""


def find_waves(record: Record, settings: WaveSettings | None = None) -> Waves:
    """Find the waves of a record.

    Parameters
    ----------
    record:
        Any number of leads at any rate; NaN where a lead is not seen, as in a record read off
        a page, whose leads are seen for 2.5 s each.
    settings:
        Which delineator; see :class:`WaveSettings`.

    Returns
    -------
    Waves
        For each lead and beat P, QRS and T, as far as the lead is seen there. A wave that was
        looked for and is absent has None for its times. A bound is None where the lead's view
        ends within the wave. The lead ``global`` stands for all.
    """
    chosen = settings or WaveSettings()
    signal = np.asarray(record.signal_mv, np.float64)
    if signal.shape[1] < 2:
        return Waves(())
    seen = np.isfinite(signal) & ~_flat(signal)[:, None]
    signal = np.where(seen, signal, np.nan)
    found = get_delineator(chosen.delineator)(signal, record.rate_hz)
    beats = find_r_peaks(found.leads, seen, record.rate_hz, chosen.agreement)
    waves: list[Wave] = []
    for index, name in enumerate(record.leads):
        waves += _of_lead(index, name, found, beats, seen[index], record.rate_hz)
    return Waves((*waves, *global_waves(waves, len(beats))), beats)


def _flat(signal: NDArray[np.float64]) -> NDArray[np.bool_]:
    filled = np.where(np.isfinite(signal), signal, -np.inf)
    highest = filled.max(axis=1)
    lowest = np.where(np.isfinite(signal), signal, np.inf).min(axis=1)
    return np.asarray(~(highest - lowest >= FLAT_MV))


def _of_lead(
    index: int,
    name: str,
    found: Delineation,
    beats: tuple[float, ...],
    seen: NDArray[np.bool_],
    rate_hz: float,
) -> list[Wave]:
    """Waves of one lead in the order of beats; then those of beats outside the record."""
    rows: list[tuple[float, int, Wave]] = []
    taken: set[tuple[int, Kind]] = set()
    for mark in found.leads[index]:
        beat = _beat_of(mark, beats)
        if mark.kind != "P" and beat is not None and (beat, mark.kind) in taken:
            continue
        if beat is None and mark.kind == "QRS":
            continue
        if beat is not None:
            taken.add((beat, mark.kind))
        wave = Wave(
            name, mark.kind, _rounded(mark.onset_s), _rounded(mark.peak_s),
            _rounded(mark.offset_s), round(mark.confidence, 3), beat,
        )  # fmt: skip
        rows.append((mark.peak_s, KINDS.index(mark.kind), wave))
    for beat, r_peak in enumerate(beats):
        for kind in KINDS:
            if (beat, kind) in taken:
                continue
            from_s, to_s = _looked_at(kind, beat, beats)
            first, last = round(from_s * rate_hz), round(to_s * rate_hz)
            if first < 0 or last >= len(seen) or not seen[first : last + 1].all():
                continue
            sure = found.absence(index, kind, from_s, to_s)
            absent = Wave(name, kind, None, None, None, round(sure, 3), beat)
            rows.append((r_peak + LOOKED_AT_S[kind][0], KINDS.index(kind), absent))
    return [wave for *_, wave in sorted(rows, key=lambda row: row[:2])]


def _beat_of(mark: Mark, beats: tuple[float, ...]) -> int | None:
    """QRS: the beat beside it; P: the next; T: the one before."""
    times = np.asarray(beats)
    if len(times) == 0:
        return None
    if mark.kind == "QRS":
        nearest = int(np.argmin(np.abs(times - mark.peak_s)))
        return nearest if abs(times[nearest] - mark.peak_s) <= NEAR_S else None
    after = int(np.searchsorted(times, mark.peak_s))
    if mark.kind == "P":
        return after if after < len(times) else None
    return after - 1 if after > 0 else None


def _looked_at(kind: Kind, beat: int, beats: tuple[float, ...]) -> tuple[float, float]:
    begin, end = (beats[beat] + edge for edge in LOOKED_AT_S[kind])
    if kind == "T" and beat + 1 < len(beats):
        end = min(end, beats[beat] + NARROW * (beats[beat + 1] - beats[beat]))
    if kind == "P" and beat > 0:
        begin = max(begin, beats[beat] - (1 - NARROW) * (beats[beat] - beats[beat - 1]))
    return min(begin, end), max(begin, end)


def _rounded(time_s: float | None) -> float | None:
    """To tenths of a millisecond; nothing here is finer."""
    return None if time_s is None else round(time_s, 4)
