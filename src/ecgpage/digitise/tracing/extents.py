"""Where a row's trace starts and ends, with the calibration pulse set apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.pulse import Pulse, find_pulse
from ecgpage.digitise.tracing.rows import Row


@dataclass(frozen=True, slots=True, eq=False)
class TracedRow:
    """A row with its line: ``left_px`` to ``right_px`` is trace, the pulse excluded.

    ``present``: share of those columns with ink; ``spread_mm``: how far the line leaves its
    median (0.98 quantile).
    """

    row: Row
    line: Line
    left_px: float
    right_px: float
    pulse: Pulse | None
    present: float
    spread_mm: float


def trace_extent(
    row: Row, path: Path, line: Line, px_per_mm: tuple[float, float]
) -> TracedRow | None:
    """Ends of the trace in a row, None where no long piece of trace is there."""
    there = path.there
    pieces = _pieces(there, int(2.0 * px_per_mm[1]))
    if not pieces:
        return None
    first, last = pieces[0][0], pieces[-1][1]
    pulse = find_pulse(line, row.baseline_px, (first, last), px_per_mm)
    long = [p for p in pieces if p[1] - p[0] > 18 * px_per_mm[1]]
    if not long:
        return None
    left, right = float(long[0][0]), float(long[-1][1])
    if pulse is not None:
        left, right = _beside(pulse, pieces, there, left, right, px_per_mm)
    if right - left < 30 * px_per_mm[1]:
        return None
    a, b = int(left), int(right) + 1
    centre = line.centre[a:b]
    spread = float(np.nanpercentile(np.abs(centre - np.nanmedian(centre)), 98)) / px_per_mm[0]
    return TracedRow(
        row=row,
        line=line,
        left_px=left,
        right_px=right,
        pulse=pulse,
        present=float(there[a:b].mean()),
        spread_mm=spread,
    )


def _pieces(there: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Runs of columns with ink, joined over gaps of up to ``gap`` columns."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    pieces: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if pieces and start - pieces[-1][1] <= gap:
            pieces[-1] = (pieces[-1][0], int(end) - 1)
        else:
            pieces.append((int(start), int(end) - 1))
    return pieces


def _beside(
    pulse: Pulse,
    pieces: list[tuple[int, int]],
    there: NDArray[np.bool_],
    left: float,
    right: float,
    px_per_mm: tuple[float, float],
) -> tuple[float, float]:
    """Trace ends beside a pulse: after the gap that follows it, or at its very edge."""
    foot = 3.0 * px_per_mm[1]
    if pulse.at_start:
        after = [p for p in pieces if p[0] > pulse.right_px and p[0] - pulse.right_px < 3 * foot]
        joined = any(p[0] <= pulse.right_px and p[1] > pulse.right_px + foot for p in pieces)
        if joined:
            begin = int(pulse.right_px)
            small = [p for p in _pieces(there, 1) if begin < p[0] <= begin + 1.5 * foot]
            if small and small[0][0] - begin > 0.5 * px_per_mm[1]:
                return float(small[0][0]), right
            return max(left, pulse.right_px + 0.5), right
        return (max(left, float(after[0][0])) if after else max(left, pulse.right_px)), right
    joined = any(p[1] >= pulse.left_px and p[0] < pulse.left_px - foot for p in pieces)
    before = [p for p in pieces if p[1] < pulse.left_px]
    if joined or not before:
        return left, min(right, pulse.left_px - 0.5)
    return left, min(right, float(before[-1][1]))
