"""Rows of leads are found by their baselines, whatever their number and distance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.rows import (
    _sheared,
    choose_rows,
    find_rows,
    find_slope,
    stack_rows,
    straightened,
)
from ecgpage.values import Page


def drawn(baselines: list[int], height: int, width: int = 1000) -> np.ndarray:
    """Ink with a wandering line and a spike of 40 pixels a beat around each baseline."""
    inked = np.zeros((height, width), np.uint8)
    for baseline in baselines:
        for column in range(width):
            middle = baseline + round(2 * np.sin(column / 90))
            top = middle - (40 if column % 80 == 40 else 2)
            inked[max(top, 0) : middle + 1, column] = 255
    return inked


@given(rows=st.integers(2, 7), distance=st.integers(75, 160), top=st.integers(70, 120))
@settings(max_examples=20, deadline=None)
def test_baselines_are_found(rows: int, distance: int, top: int) -> None:
    baselines = [top + i * distance for i in range(rows)]
    found = find_rows(drawn(baselines, baselines[-1] + 80))
    assert len(found) == rows
    assert np.abs(np.array(found) - baselines).max() <= 4


def test_an_empty_region_has_no_rows() -> None:
    assert find_rows(np.zeros((300, 500), np.uint8)) == ()
    assert not stack_rows(np.zeros((300, 500), np.uint8), 4).any()


def test_missing_rows_are_empty_and_surplus_rows_leave_the_last_as_rhythm_strip() -> None:
    assert choose_rows((50, 150, 250), 4, 300) == (50, 150, 250, None)
    assert choose_rows((50, 150, 250, 350, 450, 550), 4, 600) == (50, 150, 250, 550)
    assert choose_rows((50,), 4, 400) == (50, 150, 250, 350)


def test_strips_keep_the_height_of_a_beat_whatever_the_distance_of_rows() -> None:
    heights = []
    for distance in (110, 150):
        baselines = [100 + i * distance for i in range(4)]
        stacked = stack_rows(drawn(baselines, baselines[-1] + 100), 4).reshape(4, -1, 1000)
        heights.append((stacked[:, :, 40] > 0).sum(axis=1))
    assert np.abs(heights[0] - heights[1]).max() <= 1


def test_the_distance_of_rows_on_the_page_does_not_reach_the_network() -> None:
    pages = []
    for distance in (110, 140):
        inked = drawn([150 + i * distance for i in range(4)], 800)
        pages.append(Page(image=np.repeat(255 - inked[..., None], 3, axis=2), source="drawn"))
    preprocessing = Preprocessing(mode="rows")
    near, far = (preprocessing.apply(page)[..., 0] for page in pages)
    assert near.shape == (276, 480)
    assert np.corrcoef(near.ravel(), far.ravel())[0, 1] > 0.9


@given(slope=st.floats(-0.06, 0.06))
@settings(max_examples=15, deadline=None)
def test_a_crooked_page_is_levelled(slope: float) -> None:
    level = drawn([150, 290, 430, 570], 720)
    crooked = _sheared(level, -slope)
    assert abs(find_slope(crooked) - slope) < 0.004
    assert len(find_rows(straightened(crooked))) == 4


def test_a_calibration_pulse_does_not_shift_the_beginning() -> None:
    plain = drawn([150, 290, 430, 570], 720)
    wider = np.zeros((720, 1100), np.uint8)
    wider[:, 100:] = plain
    wider[100:151, 40:44] = wider[100:151, 60:64] = wider[100:104, 40:64] = 255
    assert np.abs(straightened(wider).shape[1] - 1000) <= 4
