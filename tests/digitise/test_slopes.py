"""The coarse shape of a grid from its phase, where displacements pass whole cells."""

from __future__ import annotations

import numpy as np

from ecgpage.digitise.flatten.mesh import HARMONICS
from ecgpage.digitise.flatten.slopes import coarse_surface


def test_a_hill_higher_than_a_cell_is_found_without_a_slip_in_spite_of_holes() -> None:
    rows, columns = np.mgrid[0:40, 0:60]
    hill = 9.0 * np.exp(-((rows - 18) ** 2 + (columns - 25) ** 2) / 200.0) + 0.05 * columns
    turns = np.array(HARMONICS)[:, None, None] * hill / 5.0
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(2, *turns.shape))
    lines = np.exp(-2j * np.pi * turns) + 0.4 * (noise[0] + 1j * noise[1])
    lines[:, rng.random(hill.shape) < 0.2] = 0.0
    found = coarse_surface(lines.astype(np.complex64), HARMONICS)
    error = found - hill - np.median(found - hill)
    assert np.abs(error).max() < 1.0


def test_no_grid_has_no_shape() -> None:
    assert not coarse_surface(np.zeros((6, 12, 20), np.complex64), HARMONICS).any()
