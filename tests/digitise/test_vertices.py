"""The points by which a line was drawn are found in its bends, and only where there are some."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.leads.vertices import find_vertices, sample_points

PX_PER_S = 197.0
POINTS_HZ = 125.0


def _polyline(seed: int, first_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Knots, four a column, of a line through random heights at 125 points a second."""
    at = first_px + np.arange(320) * PX_PER_S / POINTS_HZ
    height = np.cumsum(np.random.default_rng(seed).normal(size=len(at)))
    x = np.arange(at[0], at[-1], 0.25)
    return x, np.interp(x, at, height)


def test_points_of_a_polyline_are_found() -> None:
    found = find_vertices([_polyline(seed, 10.3) for seed in range(4)], PX_PER_S)
    assert found is not None
    assert found.rate_hz == POINTS_HZ
    assert found.together
    step = PX_PER_S / POINTS_HZ
    off = (np.array(found.places_px) - 10.3 + step / 2) % step - step / 2
    assert np.abs(off).max() < 0.1


def test_a_smooth_line_has_no_points() -> None:
    x = np.arange(10.0, 500.0, 0.25)
    rng = np.random.default_rng(1)
    noise = np.convolve(rng.normal(size=len(x)), np.hanning(40), "same")
    assert find_vertices([(x, noise)], PX_PER_S) is None


def test_samples_keep_the_heights_of_the_points() -> None:
    columns = 20.0 + np.arange(1000) * PX_PER_S / 500.0
    x = np.arange(0.0, 500.0, 0.25)
    level = sample_points((x, np.full(len(x), 7.0)), (POINTS_HZ, 10.3), columns, 500.0)
    assert np.allclose(level, 7.0)
