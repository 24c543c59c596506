"""Put the rows' signals onto the record's time axis, lead by lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.choose import Placed, Stretch
from ecgpage.digitise.leads.timeline import row_curve, row_signal
from ecgpage.digitise.leads.vertices import find_vertices, sample_points
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.curve import sample_curve
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.values import LEADS

Array = NDArray[np.float64]
NEAR_TEN = 0.04
"""A page whose rows last ten seconds within this share shows exactly ten seconds."""


SAME_LENGTH = 0.004
"""A page that lasts whole seconds within this share lasts whole seconds."""
HELD_S = 0.03
"""Missing samples at a stretch's ends, up to this long, keep the nearest height; so do those by
which a program draws a lead too short."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch on the time axis: first sample, its samples in mV, and where they lie.

    ``columns_px`` and ``rows_px`` are places on the sheet, one a sample; ``filled``: how many
    samples are not seen but told by the lead's other beats.
    """

    stretch: Stretch
    first: int
    signal_mv: Array
    columns_px: Array
    rows_px: Array
    coverage: float
    filled: int = 0


def cut_pieces(
    rows: Sequence[TracedRow],
    placed: Placed,
    ends_px: tuple[float, float],
    px_per_mm: tuple[float, float],
    scale: tuple[float, float],
    settings: Settings,
    flat: bool = False,
) -> list[Piece]:
    """Each stretch sampled at the record's rate; ``scale`` is (mm/s, mm/mV).

    On a page that is read as it is (``flat``) the points are sought that it was drawn by.
    """
    speed, gain = scale
    px_per_s = px_per_mm[1] * speed
    left, right = ends_px
    total_s = (right - left + 1) / px_per_s
    nominal = settings.duration_s
    whole = abs(total_s / nominal - 1) < NEAR_TEN
    found = []
    for stretch in placed.stretches:
        start_px = left + stretch.start * (right - left + 1)
        share = stretch.end - stretch.start
        begin_s = stretch.at * (nominal if whole else total_s)
        length = min(share * total_s, share * nominal) if whole else share * total_s
        if stretch.strip:
            own_s = (rows[stretch.row].right_px - left) / px_per_s
            length = min(max(length, own_s), nominal) if whole else length
        first = round(begin_s * settings.rate_hz)
        count = min(round(length * settings.rate_hz), round(nominal * settings.rate_hz) - first)
        if count < 2:
            continue
        columns = start_px + np.arange(count) / settings.rate_hz * px_per_s
        found.append((stretch, first, columns, row_curve(rows[stretch.row], columns)))
    drawn = find_vertices([curve for *_, curve in found], px_per_s) if flat else None
    pieces = []
    for k, (stretch, first, columns, curve) in enumerate(found):
        if drawn is not None and drawn.together and not stretch.strip:
            columns = columns + _to_whole_points(stretch, right - left + 1, total_s, drawn.rate_hz)
        if drawn is None:
            level = sample_curve(*curve, columns)
        else:
            points = (drawn.rate_hz, drawn.places_px[k])
            curve = row_curve(rows[stretch.row], columns, points=(points[1], px_per_s / points[0]))
            level = sample_points(curve, points, columns, settings.rate_hz)
        signal = row_signal(rows[stretch.row], columns, px_per_mm[0], gain, level)
        px_per_mv = px_per_mm[0] * gain
        zero_px = _median(level + signal * px_per_mv)
        held = round(HELD_S * settings.rate_hz)
        signal = _hold_ends(signal, held)
        short = round((stretch.end - stretch.start) * nominal * settings.rate_hz) - len(signal)
        if whole and 0 < short <= held:
            signal = np.concatenate([signal, np.repeat(signal[-1:], short)])
        coverage = float(np.isfinite(signal).mean())
        columns = columns[0] + np.arange(len(signal)) / settings.rate_hz * px_per_s
        heights = zero_px - signal * px_per_mv
        pieces.append(Piece(stretch, first, signal, columns, heights, coverage))
    return pieces


def _to_whole_points(stretch: Stretch, width_px: float, total_s: float, rate_hz: float) -> float:
    """How far a lead's start lies from where it is when leads start whole points apart.

    Leads that last exactly their share of ten seconds need not be whole points apart.
    """
    points = total_s * (stretch.end - stretch.start) * rate_hz
    if abs(total_s / round(total_s) - 1) < SAME_LENGTH:
        return 0.0
    return stretch.start * width_px * (round(points) / points - 1)


def _median(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if seen.size else 0.0


def _hold_ends(signal: Array, longest: int) -> Array:
    seen = np.flatnonzero(np.isfinite(signal))
    if seen.size == 0:
        return signal
    out = signal.copy()
    if 0 < seen[0] <= longest:
        out[: seen[0]] = signal[seen[0]]
    if 0 < len(out) - 1 - seen[-1] <= longest:
        out[seen[-1] + 1 :] = signal[seen[-1]]
    return out


def stack_leads(pieces: Sequence[Piece], settings: Settings) -> Array:
    """Twelve leads, shape (12, time): strips fill their lead, columns stand where no strip is."""
    count = round(settings.duration_s * settings.rate_hz)
    out = np.full((len(LEADS), count), np.nan)
    for piece in sorted(pieces, key=lambda p: not p.stretch.strip):
        i = LEADS.index(piece.stretch.lead)
        target = out[i, piece.first : piece.first + len(piece.signal_mv)]
        fresh = np.isnan(target)
        target[fresh] = piece.signal_mv[: len(target)][fresh]
    return out
