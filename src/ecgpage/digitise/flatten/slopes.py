"""The paper's coarse shape from how the grid changes its phase from cell to cell.

Where a line lies is known up to whole periods only, and a wrong one leads to wrong neighbours. How
far lines move from one cell (5 mm) to the next is known outright while that is less than half a
period, and can be averaged over many cells before anything is decided. The surface is sought that
has these slopes and bends little.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
Amplitudes = NDArray[np.complex64]

STEEPEST_MM = 0.9
STEP_MM = 0.02
"""Changes of displacement that are tried, in mm from cell to cell: 18 %, less than the 1 mm that
lines 1 mm apart could not tell from none."""
WINDOW_CELLS = 1.8
"""Standard deviation of the window in which slopes are averaged, in cells."""
LEAST_IN_STEP = 0.25
"""How far pairs of neighbouring cells agree in a slope (0 to 1), from which on it is believed."""
STIFF = 0.3
"""Weight of bends against misses of slopes."""


def coarse_surface(amplitude: Amplitudes, harmonics: tuple[float, ...]) -> Array:
    """Displacement (mm) in each cell, shape (row, column), up to a common one.

    ``amplitude`` (harmonic, row, column): lines in each cell, phases counted from its middle, as
    from :func:`ecgpage.digitise.flatten.mesh.cell_amplitudes`.
    """
    along, sure_along = _slope(amplitude[:, :, 1:], amplitude[:, :, :-1], harmonics)
    down, sure_down = _slope(amplitude[:, 1:], amplitude[:, :-1], harmonics)
    return _surface(along, sure_along, down, sure_down)


def _slope(
    second: Amplitudes, first: Amplitudes, harmonics: tuple[float, ...]
) -> tuple[Array, Array]:
    """Change of displacement (mm) from the first cells to the second, and how sure it is."""
    together = [_blur(a * np.conj(b)) for a, b in zip(second, first, strict=True)]
    apart = sum(_blurred(np.abs(a * b)) for a, b in zip(second, first, strict=True))
    steps = np.arange(-STEEPEST_MM, STEEPEST_MM + STEP_MM / 2, STEP_MM)
    turns = np.exp(2j * np.pi * np.outer(steps, harmonics) / 5.0)
    heights = np.tensordot(turns, np.stack(together), axes=1).real
    best = heights.argmax(axis=0)
    in_step = np.take_along_axis(heights, best[None], axis=0)[0] / (apart + 1e-9)
    sure = np.maximum(in_step - LEAST_IN_STEP, 0.0) / (1.0 - LEAST_IN_STEP)
    sure[(best == 0) | (best == len(steps) - 1)] = 0.0
    return steps[best], np.asarray(sure, np.float64)


def _blur(values: NDArray[np.complex64]) -> NDArray[np.complex64]:
    return np.asarray(_blurred(values.real) + 1j * _blurred(values.imag), np.complex64)


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    copy = np.ascontiguousarray(values, np.float32)
    return np.asarray(cv2.GaussianBlur(copy, (0, 0), WINDOW_CELLS), np.float32)


def _surface(along: Array, sure_along: Array, down: Array, sure_down: Array) -> Array:
    """The surface with these slopes across and down that bends least."""
    rows, columns = along.shape[0], down.shape[1]
    if not (sure_along.any() or sure_down.any()):
        return np.zeros((rows, columns))
    one_r, one_c = sparse.eye(rows), sparse.eye(columns)
    across = sparse.kron(one_r, _differences(columns, 1))
    downward = sparse.kron(_differences(rows, 1), one_c)
    bends = [
        sparse.kron(one_r, _differences(columns, 2)), sparse.kron(_differences(rows, 2), one_c),
        1.4 * sparse.kron(_differences(rows, 1), _differences(columns, 1)),
    ]  # fmt: skip
    normal = 1e-6 * sparse.eye(rows * columns)
    wanted = np.zeros(rows * columns)
    for operator, slope, sure in ((across, along, sure_along), (downward, down, sure_down)):
        weight = operator.T.multiply(sure.ravel()[None]).tocsr()
        normal = normal + weight @ operator
        wanted += weight @ slope.ravel()
    for bend in bends:
        normal = normal + STIFF * bend.T @ bend
    found = splu(normal.tocsc(), permc_spec="MMD_AT_PLUS_A").solve(wanted)
    return np.asarray(found.reshape(rows, columns))


def _differences(count: int, order: int) -> sparse.csr_matrix:
    """Steps (order 1) or bends (order 2) of ``count`` values in a row."""
    steps = ([-1.0, 1.0], [1.0, -2.0, 1.0])[order - 1]
    shape = (max(count - order, 0), count)
    return sparse.diags(steps, list(range(order + 1)), shape=shape, format="csr")
