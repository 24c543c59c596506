"""A pen that is thinner across than down: its width is measured, and peaks keep their height."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgpage.digitise.tracing.curve import curve_knots
from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.line import USUAL_ACROSS, Line, measure_line
from ecgpage.digitise.tracing.penwidth import with_width

SCALE = 16
TOP, LEVEL = 20.0, 110.0
PEAKS = tuple(range(25, 300, 40))


def _ink(across_px: float, down_px: float) -> NDArray[np.float32]:
    """Peaks drawn with an elliptical pen, as the share of each pixel that is covered."""
    x = np.arange(310 * SCALE) / SCALE
    near = np.min([np.abs(x - peak) for peak in PEAKS], axis=0)
    course = TOP + (LEVEL - TOP) * np.minimum(near / 5.0, 1.0)
    fine = np.zeros((140 * SCALE, 310 * SCALE), np.uint8)
    points = np.stack([np.arange(len(x)), course * SCALE], axis=1).round().astype(np.int32)
    cv2.polylines(fine, [points], False, 255, 1)
    size = (round(across_px * SCALE) | 1, round(down_px * SCALE) | 1)
    fine = cv2.dilate(fine, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size))
    small = cv2.resize(fine, (310, 140), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255


def _line(ink: NDArray[np.float32]) -> Line:
    there = ink > 0.4
    path = Path(
        there.argmax(axis=0).astype(np.int32),
        (len(ink) - 1 - there[::-1].argmax(axis=0)).astype(np.int32),
    )
    return measure_line(ink, ink, path)


def _lowest_peak(line: Line) -> float:
    x, y = curve_knots(line, 5, 304)
    return float(max(y[np.abs(x - peak) < 3].min() for peak in PEAKS))


@pytest.mark.parametrize("across_px", [2.4, 3.0, 4.0])
def test_the_pen_is_measured_across_upright_strokes(across_px: float) -> None:
    ink = _ink(across_px, 4.0)
    line = _line(ink)
    found = with_width([line], ink)[0]
    assert found.across == pytest.approx(across_px / line.thickness, abs=0.09)


def test_a_thin_stroke_keeps_its_peak() -> None:
    ink = _ink(2.6, 4.0)
    line = _line(ink)
    assert _lowest_peak(line) - TOP > 2.0
    assert _lowest_peak(with_width([line], ink)[0]) - TOP < 1.5


def test_without_upright_strokes_the_pen_is_taken_for_round() -> None:
    ink = np.zeros((140, 310), np.float32)
    ink[60:64] = 1.0
    line = replace(_line(ink), across=0.5)
    assert with_width([line], ink)[0].across == 0.5
    assert _line(ink).across == USUAL_ACROSS
