"""The steps by themselves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.digitise.flatten.unwrap import unwrap
from ecgpage.digitise.ink.frames import without_rules
from ecgpage.digitise.layout.layouts import LAYOUTS, layouts_with
from ecgpage.digitise.layout.physics import likeness, misfit
from ecgpage.digitise.tracing.apart import part_runs
from ecgpage.digitise.tracing.curve import curve_knots, sample_curve
from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.untangle import untangle

RATE_HZ = 250.0


def beats(shift: float = 0.0) -> np.ndarray:
    """Two and a half seconds of narrow peaks."""
    t = np.arange(625) / RATE_HZ
    return np.exp(-(((t - 0.4 - shift) % 0.8 - 0.4) ** 2) / 2e-4)


def test_einthoven_holds_for_true_leads_and_fails_for_unrelated_ones() -> None:
    one, two = beats(), 1.5 * beats() + 0.4 * beats(0.1)
    leads = {"I": one, "II": two, "III": two - one}
    assert misfit(leads, RATE_HZ) == pytest.approx(0.0, abs=0.02)
    others = {"I": beats(), "II": beats(0.2), "III": beats(0.35)}
    worse = misfit(others, RATE_HZ)
    assert worse is not None
    assert worse > 0.8


def test_nothing_is_said_without_a_relation() -> None:
    assert misfit({"V1": beats(), "V2": beats()}, RATE_HZ) is None


def test_a_lead_is_like_itself_and_unlike_another() -> None:
    assert likeness(beats(), beats(), RATE_HZ) < 0.05
    assert likeness(beats(), beats(0.2), RATE_HZ) > 0.5


def test_unwrapping_gives_a_ramp_back() -> None:
    rows, columns = np.mgrid[0:12, 0:15]
    ramp = 0.23 * columns - 0.11 * rows
    wrapped = (ramp + 0.5) % 1.0 - 0.5
    out, done = unwrap(wrapped, np.ones_like(wrapped))
    assert done.all()
    np.testing.assert_allclose(out - out[0, 0], ramp - ramp[0, 0], atol=1e-9)


def test_the_pen_is_undone_at_a_peak() -> None:
    columns = np.arange(60)
    true = 50.0 - 30.0 * np.clip(1 - np.abs(columns - 30) / 4, 0, None)
    fine = np.linspace(0, 59, 60 * 20)
    course = np.interp(fine, columns, true)
    radius = 1.5
    upper, lower = np.empty(len(fine)), np.empty(len(fine))
    for i, place in enumerate(fine):
        near = np.abs(fine - place) <= radius
        disc = np.sqrt(radius**2 - (fine[near] - place) ** 2)
        upper[i] = (course[near] - disc).min()
        lower[i] = (course[near] + disc).max()
    of_column = np.abs(fine[None] - columns[:, None]) <= 0.5
    high, low = (
        (of_column * border).sum(axis=1) / of_column.sum(axis=1) for border in (upper, lower)
    )
    line = Line((high + low) / 2, high, low, high, low, 2 * radius)
    x, y = curve_knots(line, 0, 59)
    assert y.min() == pytest.approx(20.0, abs=1.5)
    np.testing.assert_allclose(sample_curve(x, y, np.array([10.0, 50.0])), 50.0, atol=0.3)


def test_every_layout_names_each_lead_once() -> None:
    for layout in LAYOUTS:
        names = [name for row in layout.cells for name in row]
        assert len(names) == len(set(names))
        assert layout in layouts_with(layout.rows)


def test_rows_part_a_run_that_they_share() -> None:
    """An S wave above and an R wave below in one run: each has its own side of it."""
    up = Path(np.array([10, 10, 20, 12], np.int32), np.array([12, 30, 90, 20], np.int32))
    down = Path(np.array([90, 70, 20, 80], np.int32), np.array([92, 90, 90, 92], np.int32))
    above, below = part_runs([up, down], 2.0)
    assert (above.top[2], below.bottom[2]) == (20, 90)
    assert above.bottom[2] < below.top[2]
    assert above.buried is not None
    assert below.buried is not None
    assert above.buried[:, 2].tolist() == [False, True]
    assert below.buried[:, 2].tolist() == [True, False]
    assert not above.buried[:, [0, 1, 3]].any()


def test_a_stroke_that_crosses_another_row_stays_with_its_own() -> None:
    """A tall peak passes through a level line above and beside a small peak that stands on it."""
    x = np.arange(60)
    level = np.interp(x, [0, 20, 23, 26, 59], [60.0, 60.0, 40.0, 60.0, 60.0])
    tall = np.interp(x, [0, 24, 30, 36, 59], [140.0, 140.0, 15.0, 140.0, 140.0])
    cover = np.zeros((170, 60), np.uint8)
    for curve in (level, tall):
        fixed = np.round(np.stack([x, curve], axis=1) * 16).astype(np.int32)
        cv2.polylines(cover, [fixed], False, 255, 2, cv2.LINE_AA, 4)
    ink = cover.astype(np.float32) / 255
    found = []
    for curve in (level, tall):
        run = [np.flatnonzero(ink[:, c] > 0.4) for c in x]
        own = [r[_same_run(r, round(curve[c]))] for c, r in zip(x, run, strict=True)]
        found.append(
            Path(
                np.array([r.min() for r in own], np.int32),
                np.array([r.max() for r in own], np.int32),
            )
        )
    assert found[0].top[25:36].min() < 25, "the level row's run holds the tall peak's flanks"
    above, below = untangle(found, ink, (6.0, 6.0), float(ink[:, 5].sum()) / 2)
    assert above.top[20:27].min() == pytest.approx(40, abs=2)
    assert above.top[27:].min() > 52
    assert above.bottom.max() < 64
    assert below.top.min() == pytest.approx(15, abs=2)


def _same_run(rows: np.ndarray, row: int) -> np.ndarray:
    """Which of the inked rows hang together with the one nearest to ``row``."""
    label = np.cumsum(np.diff(rows, prepend=rows[0]) > 1)
    return label == label[np.abs(rows - row).argmin()]


def test_a_rule_is_taken_out_and_overlapping_peaks_are_not() -> None:
    """Flanks lie beside peaks that run into each other, paper beside a rule."""
    ink = np.zeros((400, 200), np.float32)
    ink[:, 50:52] = 1.0
    for shift in range(6):
        ink[20 + 40 * shift : 380, 140 + shift] = 1.0
        ink[20 : 380 - 40 * shift, 140 - shift] = 1.0
    left = without_rules(ink, (4.0, 4.0))
    assert not left[:, :100].any()
    assert np.array_equal(left[:, 100:], ink[:, 100:])


def test_a_frame_is_taken_out_and_a_level_trace_is_not() -> None:
    ink = np.zeros((300, 400), np.float32)
    ink[30:32, 5:395] = 1.0
    ink[150:152, 40:370] = 1.0
    left = without_rules(ink, (4.0, 4.0))
    assert not left[:100].any()
    assert np.array_equal(left[100:], ink[100:])
