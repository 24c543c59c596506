"""Fit a projective map to local grid frequencies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ecgpage.digitise.flatten.lattice import Lattice

Array = NDArray[np.float64]


def _gradients(parameters: Array, x: Array, y: Array) -> tuple[Array, Array]:
    a, b, d, e, g, h = parameters
    w = 1 + g * x + h * y
    u, v = a * x + b * y, d * x + e * y
    du = np.stack([(b * w - u * h) / w**2, (a * w - u * g) / w**2], axis=1)
    dv = np.stack([(e * w - v * h) / w**2, (d * w - v * g) / w**2], axis=1)
    return du, dv


def fit_homography(lattice: Lattice, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Projective map from page pixels to 5 mm units, and each tile's misfit.

    Returns
    -------
    (3, 3) ndarray
        Maps (column, row, 1) to homogeneous (across, down) in units of 5 mm; the picture's
        centre is the origin.
    (n,) ndarray
        Relative misfit of each tile's frequencies.
    """
    size = float(max(shape))
    centre = np.array([shape[0] / 2.0, shape[1] / 2.0])
    y, x = ((lattice.centre_px - centre) / size).T
    weight = np.minimum(lattice.weight_across, lattice.weight_down)
    good = weight > max(0.3, 0.3 * float(np.percentile(weight, 80)))
    if good.sum() < 3:
        good = weight >= np.sort(weight)[-min(3, len(weight))]
    across, down = lattice.across * size, lattice.down * size
    scale = float(np.median(np.linalg.norm(across[good], axis=1)))
    start_u, start_v = np.median(across[good], axis=0), np.median(down[good], axis=0)
    projective = good.sum() >= 6

    def expand(p: Array) -> Array:
        return p if projective else np.concatenate([p, [0.0, 0.0]])

    def misfit(p: Array) -> Array:
        du, dv = _gradients(expand(p), x[good], y[good])
        error = np.concatenate([du - across[good], dv - down[good]], axis=1) / scale
        return np.asarray((error * np.sqrt(weight[good, None])).ravel())

    start = np.array([start_u[1], start_u[0], start_v[1], start_v[0], 0.0, 0.0])
    if not projective:
        start = start[:4]
    fit = expand(
        least_squares(
            misfit,
            start,
            loss="soft_l1",
            f_scale=0.02,
            x_scale=[1, 1, 1, 1, 0.1, 0.1][: len(start)],
        ).x
    )
    du, dv = _gradients(fit, x, y)
    error = np.linalg.norm(np.concatenate([du - across, dv - down], axis=1), axis=1) / scale
    a, b, d, e, g, h = fit
    normalise = np.array(
        [[1 / size, 0, -centre[1] / size], [0, 1 / size, -centre[0] / size], [0, 0, 1]]
    )
    return np.array([[a, b, 0], [d, e, 0], [g, h, 1]]) @ normalise, error
