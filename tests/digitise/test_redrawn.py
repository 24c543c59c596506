"""Courses of rows that meet, drawn again with the pen and laid over the ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.digitise.tracing.courses import Field
from ecgpage.digitise.tracing.follow import follow_rows
from ecgpage.digitise.tracing.redrawn import Picture, drawn_again, misfit, mix_courses
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.digitise.tracing.untangle import untangle

MM = (10.5, 10.5)
PEN_PX = 3


def level(row: int, columns: int) -> np.ndarray:
    return np.full((2, columns), row, np.int64)


def spike(row: int, tip: int, columns: int) -> np.ndarray:
    span = level(row, columns)
    span[0, columns // 2] = tip
    return span


def nothing(columns: int, height: int) -> Field:
    flat = np.zeros((columns, height), np.float32)
    return Field(flat, flat, flat > 0)


def picture_of(ink: np.ndarray, traces: int) -> Picture:
    height, columns = ink.shape
    worth = np.ones((traces, 1, height), np.float32)
    return Picture.of(ink, np.zeros((columns, height), bool), worth, 1, float(PEN_PX))


def test_a_course_is_drawn_as_wide_as_the_pen() -> None:
    picture = picture_of(np.zeros((60, 41), np.float32), 1)
    flat = drawn_again(level(40, 41), picture)
    assert flat[:, 5].sum() == pytest.approx(PEN_PX, abs=0.1)
    upright = drawn_again(spike(40, 10, 41), picture)
    assert upright[20].sum() == pytest.approx(PEN_PX, abs=0.5)
    assert upright[5].sum() == 0.0


def test_ink_that_nothing_draws_and_strokes_beside_the_ink_count() -> None:
    one = np.ones((1, 60, 41), np.float32)
    true = spike(40, 10, 41)
    ink = drawn_again(true, picture_of(np.zeros((60, 41), np.float32), 1))
    picture = picture_of(ink, 1)
    assert misfit([ink], one, picture) == pytest.approx(0.0, abs=1e-3)
    flat = drawn_again(level(40, 41), picture)
    longer = drawn_again(spike(40, 2, 41), picture)
    assert misfit([flat], one, picture) == pytest.approx(PEN_PX * 30, rel=0.1)
    assert misfit([longer], one, picture) == pytest.approx(PEN_PX * 8, rel=0.1)


def test_each_trace_takes_the_course_of_whichever_way_looks_most_like_the_ink() -> None:
    shape = (110, 41)
    true = np.stack([spike(40, 10, 41), spike(90, 60, 41)])
    flat = np.stack([level(40, 41), level(90, 41)])
    blank = picture_of(np.zeros(shape, np.float32), 2)
    ink = np.maximum(*(drawn_again(span, blank) for span in true))
    ways = [np.stack([true[0], flat[1]]), np.stack([flat[0], true[1]])]
    found = mix_courses(ways, nothing(*shape[::-1]), picture_of(ink, 2), 5.0, None)
    assert np.array_equal(found, true)


def test_ink_of_a_trace_that_does_not_meet_is_not_asked_for() -> None:
    blank = picture_of(np.zeros((60, 41), np.float32), 1)
    ink = drawn_again(spike(40, 10, 41), blank)
    taken = np.zeros((41, 60), bool)
    taken[20, 5:38] = True
    worth = np.ones((1, 1, 60), np.float32)
    picture = Picture.of(ink, taken, worth, 1, float(PEN_PX))
    assert picture.wanted[8:36].sum() == pytest.approx(0.0, abs=0.1)
    assert picture.wanted[40, 5] == 1.0


def test_of_two_ways_to_share_strokes_out_the_one_that_covers_the_ink_is_kept() -> None:
    """Paid for strokes alone the middle row goes 30 pixels too high and not far enough down."""
    columns = np.arange(300)
    waves = (
        ([141, 145, 150, 156], [0.0, -30.0, 110.0, 0.0]),
        ([144, 149, 154, 159], [0.0, -100.0, 30.0, 0.0]),
        ([140, 144, 151, 157], [0.0, -20.0, 70.0, 0.0]),
    )
    levels = (60.0, 130.0, 200.0)
    cover = np.zeros((340, 300), np.float32)
    for base, (at, away) in zip(levels, waves, strict=True):
        points = np.stack([columns, base + np.interp(columns, at, away)], axis=1)
        cv2.polylines(cover, [np.round(points).astype(np.int32)[:, None]], False, 1.0, PEN_PX)
    breaks = np.zeros((3, 300), bool)
    breaks[:, 0] = True
    runs = find_runs(cover, MM[0])
    paths = follow_rows(runs, [Row(base, 0, 299, 1.0) for base in levels], 300, MM, breaks)
    middle, lowest = untangle(paths, cover, MM, runs.pen_px, breaks)[1:]
    assert middle.top[140:165].min() == pytest.approx(30, abs=4)
    assert middle.bottom[140:165].max() == pytest.approx(160, abs=4)
    assert lowest.top[140:165].min() == pytest.approx(180, abs=4)
    assert lowest.bottom[140:165].max() == pytest.approx(270, abs=4)
