"""Strokes between columns are taken out of flat pages; QRS complexes beside and above them stay."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.digitise.tracing.barshape import find_bars, without

MM = (8.0, 8.0)
BASELINES = (150.0, 350.0, 550.0)
BORDERS = (300.0, 600.0, 900.0)


def page() -> np.ndarray:
    """Three rows of level traces, with QRS complexes beside and at the second border."""
    cover = np.zeros((700, 1200), np.float32)
    for base in BASELINES:
        y = round(base)
        cover[y - 1 : y + 2] = 1.0
        points = [[580, y], [590, y - 100], [596, y + 60], [599, y]]
        cv2.polylines(cover, [np.array(points)[:, None]], False, 1.0, 3)
    return cover


def with_strokes(cover: np.ndarray, up: float, down: float) -> np.ndarray:
    """The same with strokes of 4.5 pixels that start half-way through one."""
    out = cover.copy()
    for base in BASELINES:
        for border in BORDERS:
            rows = slice(round(base - up), round(base + down))
            x = round(border)
            out[rows, x - 2 : x + 2] = 1.0
            out[rows, x + 2] = np.maximum(out[rows, x + 2], 0.5)
    return out


def test_bars_go_and_a_flank_beside_them_stays() -> None:
    traces = page()
    seen = with_strokes(traces, 28, 28)
    bars = find_bars(seen, BASELINES, BORDERS, MM)
    assert bars is not None
    left = without(seen, bars)
    for base in BASELINES:
        y = round(base)
        for border in BORDERS:
            x = round(border)
            assert left[y - 24 : y - 4, x - 1 : x + 1].max() == 0.0
            assert left[y + 10 : y + 24, x + 2].max() < 0.1
        beside = (slice(y - 100, y + 60), slice(570, 597))
        assert np.array_equal(left[beside], traces[beside])


def test_what_exceeds_a_line_at_one_border_is_the_leads() -> None:
    seen = with_strokes(page(), 44, 44)
    for border in BORDERS:
        x = round(border)
        seen[106:594, x - 2 : x + 2] = 1.0  # from the first row to the last
    seen[70:150, 899:902] = 1.0  # a lead that starts with an R wave
    bars = find_bars(seen, BASELINES, BORDERS, MM)
    assert bars is not None
    left = without(seen, bars)
    assert left[72:102, 900].min() == 1.0
    assert left[200:300, 899].max() == 0.0
    assert left[400:500, 299].max() == 0.0


def test_complexes_at_a_border_are_no_strokes() -> None:
    cover = np.zeros((700, 1200), np.float32)
    for k, base in enumerate(BASELINES):
        y = round(base)
        cover[y - 1 : y + 2] = 1.0
        for border in BORDERS:
            x = round(border)
            points = [[x - 6, y], [x, y - 40 - 12 * k], [x + 6, y]]
            cv2.polylines(cover, [np.array(points)[:, None]], False, 1.0, 3)
    bars = find_bars(cover, BASELINES, BORDERS, MM)
    assert bars is None
