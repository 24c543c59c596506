"""Q, R, S and R' of one lead's median beat: as many as there are, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_SHARE = 0.04
"""Deflections below this share of the QRS's height are none (a quarter of a millimetre in one of
6 mm, which is where the Minnesota Code begins to count an R)."""
R_RISE = 0.1
"""A second R as large as the first falls again by at least this share of the QRS's height."""
R2_FALL_MV = 0.02
"""A small R' falls again by at least this within :data:`TAIL_S` after the QRS end."""
TAIL_S = 0.04


@dataclass(frozen=True, slots=True)
class QrsShape:
    """Amplitudes in mV (Q and S negative, 0 where absent), Q's duration in s, area in mV s."""

    q_mv: float
    q_s: float
    r_mv: float
    s_mv: float
    r2_mv: float
    pp_mv: float
    area_mv_s: float


def measure_qrs(x: Array, rate_hz: float, tail: Array) -> QrsShape | None:
    """The deflections of a QRS, from its onset to its end; None where it was not seen whole.

    ``x`` has shape (time,), its first sample at the level before the QRS (0 mV); ``tail`` is
    what follows it, for :data:`TAIL_S`.
    """
    if x.size < 4 or not np.isfinite(x).all():
        return None
    height = float(x.max() - x.min())
    if height <= 0:
        return None
    runs = deflections(x, LEAST_SHARE * height)
    area = float(x.sum() / rate_hz)
    first_r = next((k for k, run in enumerate(runs) if run[2] > 0), None)
    if first_r is None:
        low = float(x.min())
        first = next(((a, b) for a, b, peak in runs if peak < 0), (0, 0))
        return QrsShape(low, (first[1] - first[0]) / rate_hz, 0.0, low, 0.0, height, area)
    before = [run for run in runs[:first_r] if run[2] < 0]
    after = [run for run in runs[first_r + 1 :] if run[2] < 0]
    q = min((run[2] for run in before), default=0.0)
    q_s = sum(b - a for a, b, _ in before) / rate_hz
    tops = [run[2] for run in runs if run[2] > 0 and _is_r(run, x, height)]
    second = _second_r(x, tail, after[-1][0]) if after else 0.0
    s = min((run[2] for run in after), default=0.0)
    r = max(tops, default=float(max(x.max(), 0.0)))
    return QrsShape(q, q_s, r, s, second, height, area)


def deflections(x: Array, least: float) -> list[tuple[int, int, float]]:
    """Stretches of one sign that rise beyond ``least``: first sample, end, peak."""
    sign = np.where(x > least, 1, np.where(x < -least, -1, 0))
    edges = np.flatnonzero(np.diff(sign)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [x.size]])
    found = []
    for a, b in zip(starts, ends, strict=True):
        if sign[a] != 0:
            piece = x[a:b]
            found.append((int(a), int(b), float(piece.max() if sign[a] > 0 else piece.min())))
    return found


def _is_r(run: tuple[int, int, float], x: Array, height: float) -> bool:
    """Whether a positive stretch has a peak of its own and is no raised ST segment."""
    a, b, peak = run
    where = a + int(x[a:b].argmax())
    return where < x.size - 2 and peak - float(x[where:].min()) > R_RISE * height


def _second_r(x: Array, tail: Array, last_s: int) -> float:
    """Height of an R' after the last S: a positive peak that falls again; 0 where there is none."""
    whole = np.concatenate([x, tail[np.isfinite(tail)]])
    low = last_s + int(x[last_s:].argmin())
    rest = whole[low:]
    peak = int(rest[: max(1, x.size - low + tail.size // 2)].argmax())
    top = float(rest[peak])
    falls = top - float(rest[peak:].min())
    return top if top > 0 and falls >= R2_FALL_MV else 0.0
