"""What lies under the strokes between columns, told by the leads' other beats.

A stroke of a millimetre hides 40 ms. Where a QRS complex stands there its lead would be held at
the height where it vanishes, or led along the stroke. All leads of a column show the same beats at
the same times, and a strip below shows the hidden one itself: so its time is known from what is
seen of it in all of them, and the lead's own other beats say what it looks like. Nothing is filled
in where what is seen beside the stroke does not look like that beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.layout.beats import cut_beats, find_beats, mean_envelope
from ecgpage.digitise.leads.assemble import Piece
from ecgpage.digitise.nan_median import nan_median
from ecgpage.digitise.percentile import medians

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
LONGEST_S = 0.08
"""Longer stretches at a lead's end stay as they are."""
BEFORE_S, BEHIND_S = 0.16, 0.44
"""What belongs to a beat before and behind its QRS complex."""
COMPLETE_S = 0.06
"""A beat that lies so far within its column shows its whole QRS complex."""
REACH_S = 0.5
"""How far from a column's end the beat beside it is looked for."""
QRS_S = 0.07
CLEARER = 1.5
"""A beat whose QRS complex (so far to either side of its middle) is hidden must explain what is
seen so many times better than one whose complex is not, in mean square above reading's own."""
OWN = 0.02
"""What reading a beat adds to what it differs by, as a share of its height."""
OUTLIER, ENOUGH = 0.6, 0.5
"""What differs by more counts as the first share of the beat's height; beats of which less than the
second share can be compared miss each other wholly."""
LEAST_HEIGHT_MV = 0.2
"""Lower beats are compared as if they were so high: what they differ by is noise."""
BESIDE_S = 0.16
"""What is seen so near to the stroke says which part of which beat is hidden."""
COARSE = 4
"""Every so manieth sample is looked at first."""
ALIGN_S = 0.024
"""Beats are moved by up to this until they lie over each other."""
LEAST_MV, SHARE = 0.06, 0.12
"""What is seen must be as near (root mean square) to the usual beat: the larger of a height, and a
share of the beat's own."""
JOINT = 2.0
"""The hidden part goes on from the last height seen within so many times as much."""
WORTH_MV = 0.1
"""Nothing is changed where the hidden part is this near to what was read there."""
PEN_PX = 1
"""A stroke's pale rim reaches so far beyond the columns in which it was taken out."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Leads recorded together over a window: mV, (lead, sample), NaN where hidden or not shown.

    The first leads are those of a column, from ``first`` to before ``last``; the others strips.
    """

    seen_mv: Array
    first: int
    last: int
    rate_hz: float


def fill_under_strokes(pieces: Sequence[Piece], hidden: Mask | None, rate_hz: float) -> list[Piece]:
    """Pieces with what strokes hide at their ends; ``hidden``: (row, column of the sheet)."""
    out = list(pieces)
    if hidden is None or not hidden.any():
        return out
    strips = [p for p in pieces if p.stretch.strip]
    starts = sorted({p.stretch.start for p in pieces if not p.stretch.strip})
    for start in starts:
        own = [k for k, p in enumerate(pieces)
               if not p.stretch.strip and p.stretch.start == start]  # fmt: skip
        theirs = [pieces[k] for k in own]
        covered = [_covered(piece, hidden, rate_hz) for piece in theirs]
        if not any(c.any() for c in covered):
            continue
        column = _column(theirs, covered, strips, hidden, rate_hz)
        for k, signal in zip(own, _filled(theirs, column), strict=True):
            if signal is not None:
                out[k] = _with_signal(pieces[k], signal)
    return out


def _covered(piece: Piece, hidden: Mask, rate_hz: float) -> Mask:
    """Samples of a piece that a stroke hides, and those between it and the piece's end near by.

    What is seen there is the stroke's rim or the other lead.
    """
    at = np.clip(np.round(piece.columns_px).astype(int), 0, hidden.shape[1] - 1)
    row = hidden[piece.stretch.row]
    wide = np.convolve(row, np.ones(2 * PEN_PX + 1), "same") > 0
    out = np.asarray(wide[at], bool)
    if piece.stretch.strip:
        return out
    near = round(LONGEST_S / 2 * rate_hz)
    first, last = np.flatnonzero(out[:near]), np.flatnonzero(out[len(out) - near :])
    if first.size:
        out[: first[-1] + 1] = True
    if last.size:
        out[len(out) - near + last[0] :] = True
    return out


def _column(
    pieces: Sequence[Piece],
    covered: Sequence[Mask],
    strips: Sequence[Piece],
    hidden: Mask,
    rate_hz: float,
) -> Column:
    """The leads of a column, and the strips over its time and a little beyond."""
    length = max(len(p.signal_mv) for p in pieces)
    margin = round(REACH_S * rate_hz) + round(BEHIND_S * rate_hz)
    rows = np.full((len(pieces) + len(strips), length + 2 * margin), np.nan)
    for row, piece, mask in zip(rows, pieces, covered, strict=False):
        row[margin : margin + len(mask)] = np.where(mask, np.nan, piece.signal_mv)
    begin_px = pieces[0].columns_px[0]
    for row, strip in zip(rows[len(pieces) :], strips, strict=True):
        step_px = (strip.columns_px[-1] - strip.columns_px[0]) / max(len(strip.columns_px) - 1, 1)
        at = round((begin_px - strip.columns_px[0]) / step_px) - margin + np.arange(len(row))
        inside = (at >= 0) & (at < len(strip.signal_mv))
        mv = np.where(_covered(strip, hidden, rate_hz), np.nan, strip.signal_mv)
        row[inside] = mv[at[inside]]
    return Column(rows, margin, margin + length, rate_hz)


def _filled(pieces: Sequence[Piece], column: Column) -> list[Array | None]:
    """Each piece's signal with its hidden ends, None where nothing is changed."""
    out: list[Array | None] = [None] * len(pieces)
    usual = None
    for at_end in (False, True):
        gaps = [_gap(column, i, at_end) for i in range(len(pieces))]
        if not any(gaps) or not _stirs(column, max(gaps), at_end):
            continue
        usual = _usual_beat(column) if usual is None else usual
        if usual is None:
            return out
        when = _when(column, usual, max(gaps), at_end)
        if when is None:
            continue
        for i, (piece, gap) in enumerate(zip(pieces, gaps, strict=True)):
            before = out[i]
            now = piece.signal_mv if before is None else before
            new = _with_beat(now, column, usual, (i, when, gap, at_end)) if gap else None
            out[i] = before if new is None else new
    return out


def _gap(column: Column, lead: int, at_end: bool) -> int:
    """How many samples at an end of a lead are hidden; 0 where they are too many."""
    part = column.seen_mv[lead, column.first : column.last]
    seen = np.flatnonzero(np.isfinite(part))
    if seen.size == 0:
        return 0
    gap = len(part) - 1 - seen[-1] if at_end else seen[0]
    return int(gap) if gap <= LONGEST_S * column.rate_hz else 0


def _stirs(column: Column, gap: int, at_end: bool) -> bool:
    """Whether any lead moves beside the hidden end, or any strip there; else no beat is hidden."""
    near = _near(column, gap, at_end)
    part = column.seen_mv[:, near]
    moved = np.fmax.reduce(part, axis=1) - np.fmin.reduce(part, axis=1)
    return bool(np.nanmax(moved, initial=0.0) > WORTH_MV)


def _offsets(rate_hz: float) -> NDArray[np.int64]:
    return np.arange(-round(BEFORE_S * rate_hz), round(BEHIND_S * rate_hz) + 1)


def _usual_beat(column: Column) -> Array | None:
    """The median of the complete beats, (lead, offset), each at its own level; None without."""
    rate, values = column.rate_hz, column.seen_mv
    envelope = mean_envelope(list(values[:, column.first : column.last]), rate)
    if not np.isfinite(envelope).any():
        return None
    at = find_beats(envelope, rate) + column.first
    whole = round(COMPLETE_S * rate)
    shown = np.isfinite(values[:, column.first : column.last]).any(axis=0)
    ends = np.flatnonzero(shown)[[0, -1]] + column.first
    at = at[(at - whole >= ends[0]) & (at + whole <= ends[1])]
    if not at.size:
        return None
    offsets = _offsets(rate)
    reach = round(ALIGN_S * rate)
    first = _cut(values, at[len(at) // 2], offsets)
    beats = []
    for beat in at:
        tries = _cut(values, beat + np.arange(-reach, reach + 1)[:, None], offsets)
        tries = tries.transpose(1, 0, 2)
        misses = _misses(first[:, ::COARSE], tries[:, :, ::COARSE], _heights(first))
        beats.append(_levelled(tries[int(np.argmin(misses))]))
    return nan_median(np.stack(beats), 0)


def _cut(values: Array, at: int | NDArray[np.int64], offsets: NDArray[np.int64]) -> Array:
    """Samples of each lead around places; NaN beyond the window."""
    return cut_beats(values, at + offsets, 0, values.shape[1] - 1)


def _levelled(beat: Array) -> Array:
    return np.asarray(beat - nan_median(beat, 1)[:, None])


def _heights(beat: Array) -> Array:
    return np.asarray(np.nan_to_num(np.fmax.reduce(beat, axis=1) - np.fmin.reduce(beat, axis=1)))


def _misses(seen: Array, tries: Array, heights: Array) -> Array:
    """Mean square of what tries, (try, lead, sample), miss of what is seen, (lead, sample).

    Each lead counts at its own level and by its own height. Infinite where too little is compared.
    """
    total, count = np.zeros(len(tries)), np.zeros(len(tries))
    for lead, height in enumerate(heights):
        at = np.flatnonzero(np.isfinite(seen[lead]))
        if not at.size:
            continue
        away = (seen[lead, at] - tries[:, lead, at]) / max(height, LEAST_HEIGHT_MV)
        known = np.isfinite(away)
        level = medians(away.copy()) if known.all() else nan_median(away, 1)
        missed = np.minimum(np.abs(away - level[:, None]), OUTLIER) ** 2
        total += np.where(known, missed, 0.0).sum(axis=1)
        count += known.sum(axis=1)
    enough = count >= max(ENOUGH * float(np.isfinite(seen).sum()), 1.0)
    return np.where(enough, total / np.maximum(count, 1.0), np.inf)


def _near(column: Column, gap: int, at_end: bool) -> NDArray[np.int64]:
    """Samples within reach of a column's end: beyond it strips alone show something."""
    outer = round(BESIDE_S * column.rate_hz)
    inner = gap + outer
    edge = column.last if at_end else column.first
    first, last = (edge - inner, edge + outer) if at_end else (edge - outer, edge + inner)
    return np.arange(max(first, 0), min(last, column.seen_mv.shape[1]))


def _when(column: Column, usual: Array, gap: int, at_end: bool) -> int | None:
    """The sample at which the beat beside a column's end stands that fits best."""
    rate = column.rate_hz
    near = _near(column, gap, at_end)
    seen = column.seen_mv[:, near]
    edge = column.last if at_end else column.first
    reach, margin = round(REACH_S * rate), round(QRS_S * rate)
    first, last = (edge - gap, edge) if at_end else (edge, edge + gap)
    heights, start = _heights(usual), _offsets(rate)[0]

    def missed(at: NDArray[np.int64], every: int) -> Array:
        index = np.clip(near[::every] - at[:, None] - start, 0, usual.shape[1] - 1)
        return _misses(seen[:, ::every], usual[:, index].transpose(1, 0, 2), heights)

    at = np.arange(edge - reach, edge + reach + 1, COARSE)
    misses = missed(at, COARSE)
    hides = (at >= first - margin) & (at <= last + margin)
    around = np.arange(-COARSE, COARSE + 1)
    best = at[hides][np.argmin(misses[hides])] + around
    other = at[~hides][np.argmin(misses[~hides])] + around
    exact = missed(best, 1)
    own = OWN**2
    if exact.min() + own > (missed(other, 1).min() + own) / CLEARER:
        return None
    return int(best[np.argmin(exact)])


def _with_beat(
    signal: Array, column: Column, usual: Array, where: tuple[int, int, int, bool]
) -> Array | None:
    """A lead with its hidden end as in its usual beat; None where that does not fit or matter."""
    lead, when, gap, at_end = where
    own = column.seen_mv[lead, column.first : column.last]
    told = _told(usual[lead], column, when)
    size = len(signal)
    if at_end:  # as if time ran backwards: the hidden part comes first
        own, told, signal = own[::-1], told[::-1], _as_long(signal, len(own))[::-1]
    fits = _continued(own, told, gap, column.rate_hz)
    if fits is None:
        return None
    change = np.abs(fits[:gap] - signal[:gap])
    if not np.isnan(change).any() and change.max(initial=0.0) < WORTH_MV:
        return None
    out = signal.copy()
    out[:gap] = fits[:gap]
    return (out[::-1] if at_end else out)[:size]


def _told(beat: Array, column: Column, when: int) -> Array:
    """A usual beat that stands at ``when``, over a column's samples; NaN beyond it."""
    samples = np.arange(column.first, column.last) - when - _offsets(column.rate_hz)[0]
    return np.asarray(_cut(beat[None], 0, samples)[0])


def _continued(own: Array, told: Array, gap: int, rate_hz: float) -> Array | None:
    """The usual beat at the level of what is seen behind ``gap``; None where they are unlike."""
    beside = round(BESIDE_S * rate_hz / 2)
    away = own[gap : gap + beside] - told[gap : gap + beside]
    if np.isfinite(away).sum() < beside // 2 or not np.isfinite(told[:gap]).all():
        return None
    level = float(np.nanmedian(away))
    allowed = max(LEAST_MV, SHARE * float(np.nanmax(told) - np.nanmin(told)))
    if float(np.sqrt(np.nanmean((away - level) ** 2))) > allowed:
        return None
    if abs(own[gap] - told[gap - 1] - level) > JOINT * allowed:
        return None
    return np.asarray(told + level)


def _as_long(signal: Array, length: int) -> Array:
    """A signal with as many samples as its column has; what it lacks is NaN."""
    return np.concatenate([signal, np.full(length - len(signal), np.nan)])


def _with_signal(piece: Piece, signal: Array) -> Piece:
    """The piece with another signal; its places on the sheet follow, what is new is counted."""
    slope = _px_per_mv(piece)
    heights = piece.rows_px - (signal - piece.signal_mv) * slope
    unseen = ~np.isfinite(heights) & np.isfinite(signal)
    if unseen.any():
        zero = np.nanmedian(piece.rows_px + piece.signal_mv * slope)
        heights = np.where(unseen, zero - signal * slope, heights)
    new = int((signal != piece.signal_mv).sum())
    return replace(piece, signal_mv=signal, rows_px=heights, filled=new)


def _px_per_mv(piece: Piece) -> float:
    seen = np.isfinite(piece.signal_mv) & np.isfinite(piece.rows_px)
    mv, px = piece.signal_mv[seen], piece.rows_px[seen]
    if mv.size < 2 or np.ptp(mv) == 0.0:
        return 0.0
    low, high = int(np.argmin(mv)), int(np.argmax(mv))
    return float((px[low] - px[high]) / (mv[high] - mv[low]))
