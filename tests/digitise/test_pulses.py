"""Calibration pulses where rows lie close, are cut off, or only seem to be there."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.pen import Ink
from ecgpage.digitise.tracing import trace
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.pulse import find_pulse
from ecgpage.digitise.tracing.pulseshape import find_pulse_shapes
from ecgpage.digitise.tracing.rows import Row

PX_PER_MM = 8.0


def drawn_pulses(baselines_mm: list[float], gain_mm: float) -> np.ndarray:
    """Ink of one pulse a row, 5 mm wide at 20 mm, cut where the sheet ends."""
    ink = np.zeros((round((baselines_mm[-1] + 10) * PX_PER_MM), round(60 * PX_PER_MM)), np.float32)
    left, right = round(20 * PX_PER_MM), round(25 * PX_PER_MM)
    for baseline in baselines_mm:
        low, top = round(baseline * PX_PER_MM), round((baseline - gain_mm) * PX_PER_MM)
        ink[max(top, 0) : low + 2, left : left + 2] = 1.0
        ink[max(top, 0) : low + 2, right : right + 2] = 1.0
        ink[low : low + 2, left - 10 : left] = 1.0
        ink[low : low + 2, right : right + 10] = 1.0
        if top > 0:
            ink[top : top + 2, left : right + 2] = 1.0
    return ink


@pytest.mark.parametrize(("first_mm", "pitch_mm", "rows"), [(12.0, 15.0, 6), (9.0, 7.4, 12)])
def test_pulses_that_the_sheet_cuts_off_are_as_high_as_the_others(
    first_mm: float, pitch_mm: float, rows: int
) -> None:
    baselines = [first_mm + k * pitch_mm for k in range(rows)]
    ink = drawn_pulses(baselines, 20.0)
    at = [b * PX_PER_MM for b in baselines]
    ends = (28 * PX_PER_MM, 59 * PX_PER_MM)
    found = find_pulse_shapes(ink, at, ends, (PX_PER_MM, PX_PER_MM))
    assert found is not None
    assert found.gain_mm_per_mv == 20.0


@pytest.mark.parametrize(
    ("gain", "pitch_mm", "lost_mm"), [(10.0, 4.9, 2.0), (20.0, 9.8, 3.5), (5.0, 4.9, 0.0)]
)
def test_tops_of_pulses_twice_as_high_as_the_rows_distance_make_no_lower_ones(
    gain: float, pitch_mm: float, lost_mm: float
) -> None:
    baselines = [25.0 + k * pitch_mm for k in range(12)]
    ink = drawn_pulses(baselines, gain)
    foot = round((baselines[-1] - lost_mm) * PX_PER_MM)
    ink[foot:] = 0.0  # of the lowest pulse too little is left to count, and the highest are open
    if lost_mm > 0.0:
        ink[: round((baselines[0] - 0.3 * gain) * PX_PER_MM)] = 0.0
    at = [b * PX_PER_MM for b in baselines]
    found = find_pulse_shapes(ink, at, (28 * PX_PER_MM, 59 * PX_PER_MM), (PX_PER_MM, PX_PER_MM))
    assert found is not None
    assert found.gain_mm_per_mv == gain


@pytest.mark.parametrize("pitch_mm", [15.2, 7.5])
def test_tops_of_pulses_of_20_mm_over_the_row_above_make_none_of_5_mm(pitch_mm: float) -> None:
    baselines = [25.0 + k * pitch_mm for k in range(12)]
    ink = drawn_pulses(baselines, 20.0)
    thin = 0.3 * ink  # so thin that only tops and what stands twice counts as inked
    for baseline in baselines:
        top = round((baseline - 20.0) * PX_PER_MM)
        thin[top : top + round(5 * PX_PER_MM)] = ink[top : top + round(5 * PX_PER_MM)]
    at = [b * PX_PER_MM for b in baselines]
    found = find_pulse_shapes(thin, at, (28 * PX_PER_MM, 59 * PX_PER_MM), (PX_PER_MM, PX_PER_MM))
    assert found is not None
    assert found.gain_mm_per_mv == 20.0


def line_of(heights_mm: np.ndarray) -> Line:
    """A row's line, its flanks joined, from its height above the baseline in each column."""
    centre = 400.0 - heights_mm * PX_PER_MM
    beside = np.stack([np.roll(centre, 1), centre, np.roll(centre, -1)])
    beside[0, 0], beside[2, -1] = centre[0], centre[-1]
    return Line(centre, beside.min(axis=0), beside.max(axis=0), centre - 1, centre + 1, 2.0)


@pytest.mark.parametrize(("falls", "there"), [(True, True), (False, False)])
def test_a_trace_that_ends_raised_is_no_pulse(falls: bool, there: bool) -> None:
    columns = round(100 * PX_PER_MM)
    heights = np.zeros(columns)
    heights[round(90 * PX_PER_MM) : round(95 * PX_PER_MM) if falls else columns] = 5.0
    line = line_of(heights)
    last = columns - 40 if falls else round(95 * PX_PER_MM) - 1
    ended = np.where(np.arange(columns) <= last, 0.0, np.nan)
    line = Line(
        *(part + ended for part in (line.centre, line.high, line.low, line.upper, line.lower)), 2.0
    )
    found = find_pulse(line, 400.0, (0, last), (PX_PER_MM, PX_PER_MM))
    assert (found is not None) == there


def test_pulses_between_the_traces_end_and_a_frame_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows whose ink seems to reach the frame, and whose signal ends 25 mm before it."""
    baselines = [30.0, 55.0, 80.0]
    ink = drawn_pulses(baselines, 10.0)
    rows = [
        TracedRow(Row(b * PX_PER_MM, 0, 479, 1.0), line_of(np.zeros(480)), 0, 479, None, 1.0, 1.0)
        for b in baselines
    ]
    monkeypatch.setattr(trace, "common_ends", lambda *_: (45 * PX_PER_MM, 59 * PX_PER_MM))
    nothing = np.zeros_like(ink)
    found = Ink(ink, 0.0, 1.0, ink, ink)
    traced = trace.Traced(tuple(rows), ink, found, ink)
    sheet = Sheet(nothing.astype(np.uint8), (PX_PER_MM, PX_PER_MM))
    same = trace.pulses_beside(traced, sheet, (45.2 * PX_PER_MM, 59 * PX_PER_MM))
    assert same is traced
    again = trace.pulses_beside(traced, sheet, (30 * PX_PER_MM, 59 * PX_PER_MM))
    assert again.pulses is not None
    assert again.pulses.gain_mm_per_mv == 10.0
