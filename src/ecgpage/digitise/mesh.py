"""Where the paper bends: the grid's phase, cell by cell, against a flat model of the page.

The page is warped by the projective model, so that grid lines should repeat every ``5 R``
pixels (R pixels a millimetre). In each cell the phases of that period and its harmonics say by
how much the lines are displaced. Phases are known only up to whole periods; neighbours settle
them, the clearest cells first.
"""

from __future__ import annotations

import heapq

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HARMONICS = (1, 2, 3, 4, 5, 6)


def cell_phases(
    flat: NDArray[np.float32], cell: int, steady_cells: float = 0.0
) -> NDArray[np.complex128]:
    """Complex amplitudes of vertical lines in each cell, shape (harmonic, row, column).

    A cell is ``cell`` pixels wide (5 mm); amplitudes are taken over a window of two cells, or,
    on a page that is known to lie flat, over a Gaussian window of ``steady_cells``.
    """
    rows, columns = flat.shape[0] // cell, flat.shape[1] // cell
    flat = flat[: rows * cell, : columns * cell]
    bands = flat.reshape(rows, cell, columns * cell).sum(axis=1)
    position = np.arange(columns * cell)
    out = np.zeros((len(HARMONICS), rows, columns), np.complex128)
    for i, k in enumerate(HARMONICS):
        wave = bands * np.exp(-2j * np.pi * k * position / cell)
        sums = wave.reshape(rows, columns, cell).sum(axis=2)
        out[i] = _smooth(sums, steady_cells)
    return out


def _smooth(values: NDArray[np.complex128], steady_cells: float = 0.0) -> NDArray[np.complex128]:
    if steady_cells > 0:
        blur = (0, 0)
        return np.asarray(
            cv2.GaussianBlur(values.real.copy(), blur, steady_cells)
            + 1j * cv2.GaussianBlur(values.imag.copy(), blur, steady_cells)
        )
    kernel = np.array([0.5, 1.0, 0.5])
    real = cv2.sepFilter2D(values.real, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    imag = cv2.sepFilter2D(values.imag, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(real + 1j * imag)


def unwrap(phase: Array, quality: Array, reach: int = 2) -> tuple[Array, NDArray[np.bool_]]:
    """Whole turns added so that neighbours agree; shape as ``phase`` (in turns, -0.5 to 0.5).

    Grows from the clearest cell, always over the clearest open cell; what cannot be reached
    over cells of some quality stays unassigned.
    """
    rows, columns = phase.shape
    out = np.zeros_like(phase)
    quality = _largest_patch(quality)
    done = np.zeros(phase.shape, bool)
    start = np.unravel_index(int(np.argmax(quality)), phase.shape)
    heap: list[tuple[float, int, int]] = [(-float(quality[start]), int(start[0]), int(start[1]))]
    queued = np.zeros(phase.shape, bool)
    queued[start] = True
    while heap:
        _, i, j = heapq.heappop(heap)
        top, left = max(0, i - reach), max(0, j - reach)
        near = done[top : i + reach + 1, left : j + reach + 1]
        if near.any():
            w = quality[top : i + reach + 1, left : j + reach + 1] * near
            expected = _expected(
                out[top : i + reach + 1, left : j + reach + 1], w, i - top, j - left
            )
            out[i, j] = phase[i, j] + np.round(expected - phase[i, j])
        else:
            out[i, j] = phase[i, j]
        done[i, j] = True
        for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= a < rows and 0 <= b < columns and not queued[a, b] and quality[a, b] > 0:
                queued[a, b] = True
                heapq.heappush(heap, (-float(quality[a, b]), a, b))
    return out, done


def _largest_patch(quality: Array) -> Array:
    """Quality with everything outside its largest connected patch set to zero."""
    count, label = cv2.connectedComponents((quality > 0).astype(np.uint8), connectivity=4)
    if count < 3:
        return quality
    sizes = np.bincount(label.ravel(), weights=(quality > 0).ravel().astype(float))
    return np.where(label == int(np.argmax(sizes)), quality, 0.0)


def _expected(values: Array, weight: Array, row: int, column: int) -> float:
    """Value expected at a cell from its settled neighbours: a plane where there are enough."""
    r, c = np.nonzero(weight)
    w, v = weight[r, c], values[r, c]
    if len(w) < 6:
        distance = np.abs(r - row) + np.abs(c - column)
        near = w / distance**2
        return float((near * v).sum() / near.sum())
    a = np.stack([np.ones(len(r)), r - row, c - column], axis=1) * np.sqrt(w)[:, None]
    regular = 0.05 * w.sum() * np.diag([0.0, 1.0, 1.0])
    return float(np.linalg.solve(a.T @ a + regular, a.T @ (np.sqrt(w) * v))[0])


def displacement_mm(
    flat: NDArray[np.float32], cell: int, steady_cells: float = 0.0
) -> tuple[Array, Array]:
    """Displacement of the vertical lines in each cell in mm, and how sure it is (0 to 1).

    Parameters
    ----------
    flat:
        Grid wave of the page, warped by the flat model, shape (rows, columns).
    cell:
        Pixels in 5 mm.
    steady_cells:
        See :func:`cell_phases`.
    """
    amplitude = cell_phases(flat, cell, steady_cells)
    power = np.abs(amplitude)
    strength = np.median(power, axis=(1, 2))
    base = 0 if strength[0] > 0.75 * strength[4] else 4
    quality = power[base] / (np.percentile(power[base], 75) + 1e-12)
    energy = _local_energy(flat, cell, steady_cells)
    coherent = power[base] / (energy + 1e-12)
    quality = np.where(coherent > (0.03 if steady_cells else 0.10), np.minimum(quality, 2.0), 0.0)
    turns = -np.angle(amplitude[base]) / (2 * np.pi)
    whole, done = unwrap(turns, quality)
    step_mm = 5.0 / HARMONICS[base]
    shift = whole * step_mm
    weight = np.where(done, quality, 0.0)
    shift = _refine(shift, weight, amplitude, base)
    return shift, np.minimum(weight, 1.0)


def _refine(shift: Array, weight: Array, amplitude: NDArray[np.complex128], base: int) -> Array:
    """Sharpen the shift with the higher harmonics, each against its own mean phase."""
    total, norm = np.zeros_like(shift), np.zeros_like(shift)
    for i, k in enumerate(HARMONICS):
        if i < base:
            continue
        turned = amplitude[i] * np.exp(2j * np.pi * k * shift / 5.0)
        mean = (turned * weight).sum()
        left = -np.angle(turned * np.conj(mean)) / (2 * np.pi) * 5.0 / k
        w = np.abs(amplitude[i]) ** 2 * k**2
        total += w * left
        norm += w
    return shift + total / np.maximum(norm, 1e-12)


def _local_energy(flat: NDArray[np.float32], cell: int, steady_cells: float) -> Array:
    rows, columns = flat.shape[0] // cell, flat.shape[1] // cell
    absolute = np.abs(flat[: rows * cell, : columns * cell])
    sums = absolute.reshape(rows, cell, columns, cell).sum(axis=(1, 3))
    return np.asarray(_smooth(sums.astype(np.complex128), steady_cells).real)


def fill(shift: Array, weight: Array, sigma: float = 0.7) -> Array:
    """Shift smoothed over cells by weight, and carried on to where nothing was seen."""
    out = np.zeros_like(shift)
    open_ = np.ones(shift.shape, bool)
    width = sigma
    while open_.any() and width < 4 * max(shift.shape):
        top = cv2.GaussianBlur(shift * weight, (0, 0), width)
        below = cv2.GaussianBlur(weight, (0, 0), width)
        ready = open_ & (below > 0.05)
        out[ready] = top[ready] / below[ready]
        open_ &= ~ready
        width *= 1.7
    return out
