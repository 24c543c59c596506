"""Of two followings the one that runs where it was expected, stretch by stretch."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.tracing.either import either_rows
from ecgpage.digitise.tracing.extents import TracedRow
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.rows import Row

MM = (8.0, 8.0)


def traced(heights: np.ndarray) -> TracedRow:
    buried = np.zeros((2, len(heights)), bool)
    line = Line(heights, heights, heights, heights - 1.5, heights + 1.5, 3.0, buried)
    return TracedRow(Row(100.0, 0, len(heights) - 1, 1.0), line, 0.0, 399.0, None, 1.0, 5.0)


def test_the_earlier_line_is_kept_where_the_later_one_left_what_was_expected() -> None:
    true = np.full(400, 100.0)
    earlier, later = true.copy(), true.copy()
    later[100:130] += 60.0
    earlier[250:280] -= 60.0
    expected = np.stack([true - 2.0, true + 2.0])[:, None]
    found = either_rows([traced(earlier)], [traced(later)], expected, MM)[0].line
    assert np.abs(found.centre - true).max() == 0.0
    assert np.abs(found.upper - true + 1.5).max() == 0.0


def test_the_later_line_is_kept_where_nothing_is_known_or_little_differs() -> None:
    true = np.full(400, 100.0)
    later = true.copy()
    later[100:130] += 60.0
    later[250:252] += 60.0
    expected = np.full((2, 1, 400), np.nan)
    expected[0, 0, 200:], expected[1, 0, 200:] = 98.0, 102.0
    found = either_rows([traced(true)], [traced(later)], expected, MM)[0].line
    assert np.array_equal(found.centre, later)


def test_a_hole_counts_as_far_from_what_is_expected() -> None:
    true = np.full(400, 100.0)
    later = true.copy()
    later[100:130] = np.nan
    expected = np.stack([true - 2.0, true + 2.0])[:, None]
    found = either_rows([traced(true)], [traced(later)], expected, MM)[0].line
    assert np.array_equal(found.centre, true)
