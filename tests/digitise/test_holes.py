"""Strokes that a path has passed by, and pieces of a pulse that the grid has parted."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.digitise.tracing.curve import curve_knots
from ecgpage.digitise.tracing.follow import Path, follow_rows
from ecgpage.digitise.tracing.holes import Spare, fill_holes
from ecgpage.digitise.tracing.line import Line, measure_line
from ecgpage.digitise.tracing.pulse import find_pulse
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs

MM = (8.0, 8.0)


def deep_wave() -> np.ndarray:
    cover = np.zeros((500, 300), np.float32)
    points = np.array([[0, 100], [140, 100], [150, 420], [160, 100], [299, 100]])
    cv2.polylines(cover, [points[:, None]], False, 1.0, 3)
    return cover


def broken(cover: np.ndarray, gone: slice) -> Path:
    top = (cover > 0.5).argmax(axis=0).astype(np.int32)
    bottom = (len(cover) - 1 - (cover > 0.5)[::-1].argmax(axis=0)).astype(np.int32)
    top[gone] = bottom[gone] = -1
    return Path(top, bottom)


def test_a_deep_wave_that_was_passed_by_is_read() -> None:
    cover = deep_wave()
    paths, _ = fill_holes([broken(cover, slice(146, 155))], cover, MM, 3.0, [[0.0, 300.0]])
    assert paths[0].there.all()
    assert paths[0].bottom.max() >= 418


def test_a_hole_without_ink_stays() -> None:
    cover = deep_wave()
    path = broken(cover, slice(200, 220))
    cover[:, 198:222] = 0.0
    paths, _ = fill_holes([path], cover, MM, 3.0, [[0.0, 300.0]])
    assert not paths[0].there[200:220].any()


def test_a_wave_that_was_taken_for_print_is_put_back() -> None:
    whole = deep_wave()
    cover = whole.copy()
    cover[150:400, 130:170] = 0.0
    path = broken(whole, slice(143, 158))
    kept, _ = fill_holes([path], cover, MM, 3.0, [[0.0, 300.0]])
    assert not kept[0].there[150]
    barred = np.zeros(300, bool)
    paths, restored = fill_holes([path], cover, MM, 3.0, [[0.0, 300.0]], Spare(whole, barred))
    assert paths[0].bottom.max() >= 418
    assert restored(cover)[:, 145:156].sum() > 2 * cover[:, 145:156].sum()
    assert restored(cover)[300, 60] == 0.0
    line = measure_line(restored(cover), restored(cover), paths[0])
    assert np.nanmax(line.low) > 410
    barred[140:160] = True  # a stroke between columns stood there
    kept, _ = fill_holes([path], cover, MM, 3.0, [[0.0, 300.0]], Spare(whole, barred))
    assert not kept[0].there[150]


def test_a_trace_that_drifts_far_from_its_baseline_is_better_than_none() -> None:
    cover = np.zeros((700, 800), np.float32)
    cv2.line(cover, (0, 600), (799, 250), 1.0, 3)
    runs = find_runs(cover, MM[0])
    (path,) = follow_rows(runs, [Row(600.0, 0, 799, 1.0)], 800, MM)
    assert path.there.all()


def test_a_hole_in_a_pulses_top_does_not_part_it() -> None:
    high = np.full(400, 200.0)
    low = high.copy()
    high[20:60] = low[20:60] = 120.0
    low[[19, 60]] = high[[20, 59]] = 200.0
    high[[20, 59]] = 120.0
    low[[20, 59]] = 200.0
    high[33] = low[33] = np.nan  # a grid line was here
    line = Line(low, high, low, high - 1, low + 1, 2.0)
    pulse = find_pulse(line, 200.0, (0, 399), MM)
    assert pulse is not None
    assert abs(pulse.height_mm - 10.0) < 0.1
    assert pulse.left_px <= 21
    assert pulse.right_px >= 58


def test_a_flank_does_not_run_on_where_no_ink_was_seen() -> None:
    cover = np.zeros((600, 200), np.float32)
    cv2.polylines(cover, [np.array([[0, 400], [100, 400], [110, 300]])[:, None]], False, 1.0, 3)
    path = broken(cover, slice(109, 200))
    line = measure_line(cover, cover, path)
    x, y = curve_knots(line, 0, 199)
    assert y[x > 112].min() > 270
    assert np.ptp(y[x > 112]) == 0.0
