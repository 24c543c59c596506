"""Leads and median beats as SVG on a clean millimetre grid.

One unit of the drawings is a millimetre at 25 mm/s and 10 mm/mV.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import MedianBeats, Record, Wave, Waves

Array = NDArray[np.float64]

MM_PER_S, MM_PER_MV = 25.0, 10.0
COLUMNS = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))
COLUMN_S = 2.5
ROW_MM = 26.0
MARGIN_MM = 4.0
LIMIT_MV = 2.2
"""Taller deflections are cut off at the drawing's row."""
STEP_S = 0.004
COLOURS = {"P": "#2a7f62", "QRS": "#7a3fa0", "T": "#c2571a"}
"""Of the bands behind waves; with letters, so that colour alone says nothing."""


def draw_leads(record: Record, waves: Waves, rhythm: str) -> str:
    """Twelve leads in four columns of 2.5 s above a rhythm strip, waves marked.

    A lead that is not seen in its column's time is drawn from where it is seen, with that
    time written beside its name.
    """
    width = 4 * COLUMN_S * MM_PER_S + 2 * MARGIN_MM
    rows = 4 if rhythm else 3
    height = rows * ROW_MM + 2 * MARGIN_MM
    parts = [_grid(width, height)]
    for column, leads in enumerate(COLUMNS):
        for row, lead in enumerate(leads):
            if lead in record.leads:
                start = _window(record, lead, column * COLUMN_S)
                left = MARGIN_MM + column * COLUMN_S * MM_PER_S
                middle = MARGIN_MM + (row + 0.5) * ROW_MM
                name = lead if start == column * COLUMN_S else f"{lead} (from {start:.1f} s)"
                parts.append(
                    _strip(record, waves, lead, name, start, COLUMN_S, left, middle, column > 0)
                )
    if rhythm:
        long = min(4 * COLUMN_S, record.duration_s)
        middle = MARGIN_MM + 3.5 * ROW_MM
        parts.append(
            _strip(record, waves, rhythm, rhythm, 0.0, long, MARGIN_MM, middle, False)
        )  # fmt: skip
    return _svg(width, height, parts, "Twelve leads with their waves marked")


def draw_beats(beats: MedianBeats) -> str:
    """The median beat of every lead with the bounds over all leads."""
    seen_s = beats.signal_mv.shape[1] / beats.rate_hz
    each = seen_s * MM_PER_S + 3
    width, height = 6 * each + 2 * MARGIN_MM, 2 * 1.25 * ROW_MM + 2 * MARGIN_MM
    parts = [_grid(width, height)]
    order = [lead for column in COLUMNS for lead in column if lead in beats.leads]
    for place, lead in enumerate(order):
        left = MARGIN_MM + (place % 6) * each
        middle = MARGIN_MM + (place // 6 + 0.55) * 1.25 * ROW_MM
        x = beats.signal_mv[beats.leads.index(lead)]
        for name, (first, last) in {
            "P": ("p_on", "p_off"), "QRS": ("qrs_on", "qrs_off"), "T": ("qrs_off", "t_off"),
        }.items():  # fmt: skip
            a, b = beats.bounds_s.get(first, np.nan), beats.bounds_s.get(last, np.nan)
            if a < b:
                parts.append(_band(left + (a - beats.start_s) * MM_PER_S,
                                   (b - a) * MM_PER_S, middle, name, "ST-T" if name == "T" else
                                   name, 0.9 * ROW_MM))  # fmt: skip
        parts.append(_trace(x, beats.rate_hz, left, middle))
        parts.append(_text(lead, left + 0.5, middle - 0.5 * ROW_MM + 1.5, "lead"))
    return _svg(width, height, parts, "Median beats with P, QRS and T bounds")


def rhythm_lead(record: Record) -> str:
    """The lead for the strip: II if it is seen throughout, else the one seen longest."""
    seen = {lead: float(np.isfinite(record.lead(lead)).mean()) for lead in record.leads}
    if seen.get("II", 0.0) > 0.9:
        return "II"
    best = max(seen, key=lambda lead: seen[lead], default="")
    return best if best and seen[best] > 0.5 else ""


def _window(record: Record, lead: str, start_s: float) -> float:
    """Where a lead's 2.5 s begin: at its column's time, or where it is seen."""
    seen = np.isfinite(record.lead(lead))
    first = round(start_s * record.rate_hz)
    last = first + round(COLUMN_S * record.rate_hz)
    if seen[first:last].mean() > 0.5 if first < seen.size else False:
        return start_s
    known = np.flatnonzero(seen)
    return float(known[0] / record.rate_hz) if known.size else start_s


def _strip(
    record: Record, waves: Waves, lead: str, name: str, start_s: float, length_s: float,
    left: float, middle: float, border: bool,
) -> str:  # fmt: skip
    first = round(start_s * record.rate_hz)
    piece = record.lead(lead)[first : first + round(length_s * record.rate_hz)]
    parts = []
    for wave in waves.waves:
        if wave.lead == lead and wave.found:
            parts.append(_marked(wave, start_s, length_s, left, middle))
    parts.append(_trace(np.asarray(piece, np.float64), record.rate_hz, left, middle))
    if border:
        parts.append(f'<path class="tick" d="M{left:.2f} {middle - 5:.2f}v3M{left:.2f} '
                     f'{middle + 2:.2f}v3"/>')  # fmt: skip
    parts.append(_text(name, left + 1, middle - 0.5 * ROW_MM + 4, "lead"))
    return "".join(parts)


def _marked(wave: Wave, start_s: float, length_s: float, left: float, middle: float) -> str:
    on = wave.onset_s if wave.onset_s is not None else wave.peak_s
    off = wave.offset_s if wave.offset_s is not None else wave.peak_s
    if on is None or off is None or on < start_s or off > start_s + length_s:
        return ""
    return _band(left + (on - start_s) * MM_PER_S, (off - on) * MM_PER_S, middle, wave.wave,
                 wave.wave if wave.wave != "QRS" else "", 0.72 * ROW_MM)  # fmt: skip


def _band(x: float, width: float, middle: float, kind: str, word: str, height: float) -> str:
    colour = COLOURS[kind]
    box = (
        f'<rect x="{x:.2f}" y="{middle - height / 2:.2f}" width="{max(width, 0.2):.2f}" '
        f'height="{height:.2f}" fill="{colour}" class="band"/>'
    )
    below = _text(word, x + width / 2, middle + height / 2 + 1.6, "wave", colour) if word else ""
    return box + below


def _trace(x: Array, rate_hz: float, left: float, middle: float) -> str:
    step = max(1, round(STEP_S * rate_hz))
    at = np.arange(0, x.size)
    if step > 1:  # keep the highest and lowest sample of each step, in their order
        usable = x[: x.size // step * step].reshape(-1, step)
        filled = np.where(np.isfinite(usable), usable, 0.0)
        base = np.arange(usable.shape[0]) * step
        ends = np.sort(np.stack([base + filled.argmin(1), base + filled.argmax(1)]), axis=0)
        at = np.unique(ends.T.ravel())
    points, pen = [], "M"
    for k in at.tolist():
        value = float(x[k])
        if not np.isfinite(value):
            pen = "M"
            continue
        value = max(-LIMIT_MV, min(LIMIT_MV, value))
        points.append(f"{pen}{left + k / rate_hz * MM_PER_S:.2f} {middle - value * MM_PER_MV:.2f}")
        pen = "L"
    return f'<path class="trace" d="{"".join(points)}"/>' if points else ""


def _grid(width: float, height: float) -> str:
    return (
        '<defs><pattern id="mm" width="1" height="1" patternUnits="userSpaceOnUse">'
        '<path class="fine" d="M1 0H0V1"/></pattern>'
        '<pattern id="mm5" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect width="5" height="5" fill="url(#mm)"/><path class="coarse" d="M5 0H0V5"/></pattern>'
        f'</defs><rect width="{width:.1f}" height="{height:.1f}" fill="url(#mm5)"/>'
    )


def _text(word: str, x: float, y: float, kind: str, colour: str = "") -> str:
    fill = f' fill="{colour}"' if colour else ""
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}"{fill}>{escape(word)}</text>'


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg class="ecg" style="--mm:{width:.1f}" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'role="img" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )
