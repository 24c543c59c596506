"""Where columns meet."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.leads.separators import refine_ends

PX_PER_MM = 8.0
TEN_S_PX = 10 * 50.0 * PX_PER_MM


def test_rows_of_five_seconds_are_not_ten_seconds_to_a_pulse_behind_them() -> None:
    ends = (100.0, 2119.0)
    profile = np.zeros(4400)
    profile[2122] = 1.0  # the pulse's first edge, where ten seconds would have their middle
    (left, right), found = refine_ends(profile, ends, 2, PX_PER_MM, TEN_S_PX, 2.0)
    assert abs((right - left) / (ends[1] - ends[0]) - 1) < 0.03
    assert found == 0.0


def test_a_stroke_in_the_middle_moves_the_ends_to_it() -> None:
    profile = np.zeros(4400)
    profile[1105] = 1.0
    (left, right), found = refine_ends(profile, (100.0, 2099.0), 2, PX_PER_MM, TEN_S_PX / 2, 2.0)
    assert found == 1.0
    assert abs((left + right + 1) / 2 - 1105) < 2.5


def test_evenly_spaced_beats_are_no_strokes_where_ten_seconds_say_other() -> None:
    """Two rows of three ran on along a frame; beats stand as evenly as strokes, further apart."""
    start, quarter = 100.0, TEN_S_PX / 4
    profile = np.zeros(5200)
    for k in (1, 2, 3):
        profile[round(start + k * quarter)] = 1.0
        beat = round(start + 20.0 + 1.05 * k * quarter)
        profile[beat - 1 : beat + 2] = 1.0
    ends = (start, start + 1.07 * TEN_S_PX)
    (left, right), found = refine_ends(profile, ends, 4, PX_PER_MM, TEN_S_PX)
    assert found == 1.0
    assert abs(left - start) < 4
    assert abs(right - left + 1 - TEN_S_PX) < 8
