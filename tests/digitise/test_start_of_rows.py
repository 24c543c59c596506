"""Where rows start, from the ends of a round pen's ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.digitise.leads.settle import settle_ends
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.line import measure_line
from ecgpage.digitise.tracing.rows import Row

MM = (20.0, 20.0)
TEN_S = 5000.0
PEN = 3
FINE = 4


def drawn(start: float, length: float) -> tuple[np.ndarray, list[TracedRow]]:
    """Three rows of a round pen from ``start``, on a raster that is four times finer."""
    levels = (60, 120, 180)
    fine = np.zeros((240 * FINE, 5100 * FINE), np.uint8)
    for level in levels:
        x = [round((at + 0.5) * FINE) for at in (start, start + length)]
        y = round((level + 0.5) * FINE)
        cv2.line(fine, (x[0], y), (x[1], y), 1, PEN * FINE)
    ink = fine.reshape(240, FINE, 5100, FINE).mean(axis=(1, 3)).astype(np.float32)
    rows = []
    for level in levels:
        there = ink[level] > 0.5
        top = np.where(there, level - 1, -1).astype(np.int32)
        bottom = np.where(there, level + 1, -1).astype(np.int32)
        line = measure_line(ink, ink, Path(top, bottom))
        at = np.flatnonzero(there)
        row = Row(float(level), at[0], at[-1], 1.0)
        rows.append(TracedRow(row, line, float(at[0]), float(at[-1]), None, 1.0, 1.0))
    return ink, rows


@pytest.mark.parametrize("start", [40.0, 40.3, 40.6])
def test_the_last_point_stands_an_interval_before_the_end(start: float) -> None:
    ink, rows = drawn(start, TEN_S * (1 - 0.0002))
    found, _ = settle_ends(ink, rows, 3, (start + 1.0, start + TEN_S), 1, MM, TEN_S)
    assert abs(found - start) < 0.2


def test_points_that_are_means_lack_at_both_ends_alike() -> None:
    lacking = 0.001 * TEN_S
    ink, rows = drawn(40.0 + lacking, TEN_S - 2 * lacking)
    found, _ = settle_ends(ink, rows, 3, (41.0, 40.0 + TEN_S), 1, MM, TEN_S)
    assert abs(found - 40.0) < 0.2


def test_a_round_cap_is_taken_off_a_start_alone() -> None:
    ink, rows = drawn(40.0, 0.7 * TEN_S)
    found, _ = settle_ends(ink, rows, 3, (39.0, 40.0 + 0.7 * TEN_S), 1, MM, TEN_S)
    assert abs(found - 40.0) < 0.35
