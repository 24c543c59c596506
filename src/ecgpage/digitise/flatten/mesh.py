"""Where the paper bends: the grid's place, cell by cell, against a flat model of the page.

The page is warped by the model, so that grid lines should repeat every cell (5 mm). Lines that
stand where they should have real, positive amplitudes at all harmonics of that period; in each
cell the displacement is sought that makes them so. It is known only up to whole periods;
neighbours settle them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.slopes import coarse_surface
from ecgpage.digitise.flatten.unwrap import unwrap

Array = NDArray[np.float64]
Amplitudes = NDArray[np.complex64]

HARMONICS = (1, 2, 3, 4, 5, 6)
HALVES = (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
"""Between the harmonics a grid has nothing: what is there is ink, noise and the table."""
NOISE_MM, ROUND_CELLS = 0.05, 1.5
"""What cells one by one are off where several together are right, and over how many cells (standard
deviation) it is looked how far both differ."""
STEP_MM = 0.125
LEAST_CLEAR = 2.0
"""Matched height of a cell over the usual one between the harmonics, from which on its grid counts
as seen."""
TOLD_APART = 0.2
"""Share of the matched height that is lost a millimetre beside the right place, from which on
5 mm lines count as told from 1 mm lines."""
PLACES_MM = np.arange(-2.5 + STEP_MM / 2, 2.5, STEP_MM)
REACH_MM = 1.2
TRUSTED_MM = 0.15
"""Lines that miss what is around them by more than this are ink, or a fold too sharp to follow."""
WIDE_CELLS, FINE_CELLS = 1.2, 0.7
"""Standard deviation of the windows in which lines are compared and smoothed, in cells."""
STRONGEST, DISTRUST = 1.1, 6.0
"""Lines higher than those around by this factor have ink along them, a QRS complex say: they count
as no higher than this, and are trusted less, by this power of what they are higher. On 60 renders
the places at tall complexes had been wrong by up to 1 mm with 1.4 and 2."""
SETTLED = 0.3
"""Displacements within this share of a period need no neighbours to settle them."""


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """Displacement of one family of lines in each cell (mm), and how sure it is (0 to 1)."""

    mm: Array
    weight: Array


def displacement(flat: NDArray[np.float32], cell: int, steady_cells: float = 0.0) -> Shift:
    """Displacement of the vertical lines in each cell of ``flat``, however far they moved.

    Parameters
    ----------
    flat:
        Grid wave of the page, warped by the model, shape (rows, columns); the middle of each
        cell is where a line should be.
    cell:
        Pixels in 5 mm.
    steady_cells:
        Standard deviation of the window in cells, for a page that is known to lie flat; 0 takes
        about two cells.
    """
    found = _match(flat, cell, steady_cells)
    if steady_cells:
        found = _thinned(found)
    known = found.quality > 0
    if not known.any():
        return Shift(np.zeros(flat_cells(flat, cell)), np.zeros(flat_cells(flat, cell)))
    total = (found.heights * np.minimum(found.trust, 1.0)).sum(axis=(1, 2))
    common = float(PLACES_MM[int(np.argmax(total))])
    period = found.period
    mm = PLACES_MM[np.argmax(found.heights, axis=0)] - common
    mm = mm - period * np.round(mm / period)
    if (np.abs(mm[known]) > SETTLED * period).mean() > 0.02:
        mm, known = unwrap(mm / period, found.trust)
        mm = mm * period
    weight, trust = (np.where(known, np.minimum(w, 1.0), 0.0) for w in (found.quality, found.trust))
    mm = fill(_sharpen(mm + common, weight, found), trust)
    if steady_cells:
        mm, weight = (_refined(values, flat_cells(flat, cell)) for values in (mm, weight))
    return Shift(mm, weight)


def coarse(flat: NDArray[np.float32], cell: int) -> Shift:
    """The coarse displacement of the vertical lines, from how it changes from cell to cell."""
    amplitude = cell_amplitudes(flat, cell, HARMONICS)
    amplitude /= np.maximum(_over_usual(amplitude), 1.0)
    mm = coarse_surface(amplitude, HARMONICS)
    return Shift(mm, np.ones_like(mm))


def flat_cells(flat: NDArray[np.float32], cell: int) -> tuple[int, int]:
    """Rows and columns of whole cells."""
    return flat.shape[0] // cell, flat.shape[1] // cell


def remainder(flat: NDArray[np.float32], cell: int) -> Shift:
    """Displacement of lines that stand within a millimetre of their place already.

    Each line is measured for itself in each cell; ink beside it does not touch its neighbours,
    and a line that contradicts those around it counts little.
    """
    found = _match(flat, cell, None)
    reach = 0.5 if found.period == 1.0 else REACH_MM
    near = np.abs(PLACES_MM) <= reach
    mm = PLACES_MM[near][np.argmax(found.heights[near], axis=0)]
    weight = np.minimum(found.quality, 1.0)
    mm = _sharpen(mm, weight, found)
    return Shift(_agreed(mm, np.minimum(found.trust, 1.0)), weight)


def sharper(together: Array, singly: Array) -> Array:
    """Displacements (2, row, column) seen several cells together, and singly where that says other.

    Where the paper is even they agree but for the noise of single cells.
    """
    away = singly - together
    apart = np.stack([cv2.GaussianBlur(one**2, (0, 0), ROUND_CELLS) for one in away]).max(axis=0)
    return np.asarray(together + away * apart / (apart + NOISE_MM**2), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """Matched heights at PLACES_MM, (place, row, column), and what they came from.

    ``quality`` says how clearly lines stand out, ``trust`` how far they can be the grid's alone.
    """

    heights: NDArray[np.float32]
    quality: Array
    trust: Array
    period: float
    amplitude: Amplitudes
    pattern: NDArray[np.float32]


def _over_usual(amplitude: Amplitudes) -> NDArray[np.float32]:
    """How much higher a cell's lines are than STRONGEST times those around: ink runs along them."""
    size = np.sqrt((np.abs(amplitude) ** 2).sum(axis=0)).astype(np.float32)
    around = np.maximum(cv2.medianBlur(size, 5), 0.5 * np.median(size))
    return np.asarray(size / np.maximum(STRONGEST * around, 1e-9), np.float32)


def _thinned(found: _Match) -> _Match:
    """Every second cell, down and across: enough where the window is several cells wide."""
    return _Match(
        found.heights[:, ::2, ::2], found.quality[::2, ::2], found.trust[::2, ::2],
        found.period, found.amplitude[:, ::2, ::2], found.pattern,
    )  # fmt: skip


def _refined(values: Array, shape: tuple[int, int]) -> Array:
    """Values at every second cell as values at all."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / 2
    wide = cv2.remap(
        values.astype(np.float32), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(wide, dtype=np.float64)


def _match(flat: NDArray[np.float32], cell: int, window: float | None) -> _Match:
    amplitude = cell_amplitudes(flat, cell, HARMONICS)
    between = cell_amplitudes(flat, cell, HALVES)
    over = np.maximum(_over_usual(amplitude), 1.0)
    amplitude /= over
    between /= over
    floor = _smooth(between, window or 0.0)
    wide = _smooth(amplitude, window or 0.0)
    pattern = _pattern(wide, floor)
    heights = _matched(wide, pattern)
    noise = _matched(floor, pattern).max(axis=0)
    clear = heights.max(axis=0) / np.maximum(
        np.maximum(np.median(noise), 0.5 * cv2.blur(noise, (5, 5))), 1e-9
    )
    quality = np.where(clear > LEAST_CLEAR, np.minimum(clear / (2 * LEAST_CLEAR), 2.0), 0.0)
    trust = quality / np.minimum(over, 100.0) ** DISTRUST
    period = _period(heights, clear)
    if window is None:
        wide, heights = amplitude, _matched(amplitude, pattern)
    return _Match(heights, quality, trust, period, wide, pattern)


def cell_amplitudes(
    flat: NDArray[np.float32], cell: int, harmonics: tuple[float, ...]
) -> Amplitudes:
    """Complex amplitudes of vertical lines in each cell, shape (harmonic, row, column).

    Phases count from the middle of the cell.
    """
    rows, columns = flat.shape[0] // cell, flat.shape[1] // cell
    bands = cv2.resize(
        flat[: rows * cell, : columns * cell], (columns * cell, rows), interpolation=cv2.INTER_AREA
    )
    turns = np.outer(np.array(harmonics) / cell, np.arange(columns * cell) - cell // 2)
    waves = bands[None] * np.exp(-2j * np.pi * turns).astype(np.complex64)[:, None]
    sums = waves.reshape(len(harmonics), rows, columns, cell).sum(axis=3)
    return np.asarray(sums, dtype=np.complex64)


def _smooth(values: Amplitudes, steady_cells: float) -> Amplitudes:
    out = np.empty_like(values)
    kernel = np.array([0.5, 1.0, 0.5])
    for i, layer in enumerate(values):
        for part, into in ((layer.real, out.real), (layer.imag, out.imag)):
            if steady_cells > 0:
                into[i] = cv2.GaussianBlur(part.copy(), (0, 0), steady_cells)
            else:
                into[i] = cv2.sepFilter2D(
                    part.copy(), -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT
                )
    return out


def _pattern(amplitude: Amplitudes, floor: Amplitudes) -> NDArray[np.float32]:
    """Height of the harmonics in the usual cell, over what lies between them."""
    height = np.percentile(np.abs(amplitude), 65, axis=(1, 2))
    between = np.percentile(np.abs(floor), 65, axis=(1, 2))
    out = np.maximum(height - between, 0.0)
    return np.asarray(out if out.any() else height, dtype=np.float32)


def _matched(amplitude: Amplitudes, pattern: NDArray[np.float32]) -> NDArray[np.float32]:
    """How well the pattern fits at each of PLACES_MM, (place, row, column)."""
    turns = np.outer(PLACES_MM, HARMONICS) / 5.0
    matrix = pattern * np.exp(2j * np.pi * turns)
    both = np.concatenate([matrix.real, -matrix.imag], axis=1).astype(np.float32)
    flat = amplitude.reshape(len(HARMONICS), -1)
    # not @: its last bits hang on how many threads there are
    heights = np.einsum("ij,jk->ik", both, np.concatenate([flat.real, flat.imag], axis=0))
    return np.asarray(heights.reshape(len(PLACES_MM), *amplitude.shape[1:]), dtype=np.float32)


def _period(heights: NDArray[np.float32], clear: Array) -> float:
    """5 mm where the right place stands out from those a millimetre beside it, else 1 mm."""
    pick = clear > LEAST_CLEAR
    if not pick.any():
        return 5.0
    curves = heights[:, pick]
    at = np.argmax(curves, axis=0)
    count, one = len(curves), round(1.0 / STEP_MM)
    index = np.arange(curves.shape[1])
    top = curves[at, index]
    beside = np.maximum(curves[(at + one) % count, index], curves[(at - one) % count, index])
    return 5.0 if float(np.median(1 - beside / top)) > TOLD_APART else 1.0


def _sharpen(mm: Array, weight: Array, found: _Match) -> Array:
    """The place between the steps: Newton steps on the matched height."""
    k = (2 * np.pi * np.array(HARMONICS)[:, None, None] / 5.0).astype(np.float32)
    shaped = found.pattern[:, None, None] * found.amplitude
    for _ in range(2):
        turned = shaped * np.exp(1j * k * mm.astype(np.float32))
        slope = -(k * turned.imag).sum(axis=0)
        bend = -(k**2 * turned.real).sum(axis=0)
        step = np.where(bend < 0, -slope / np.minimum(bend, -1e-12), 0.0)
        mm = mm + np.clip(step, -STEP_MM, STEP_MM) * (weight > 0)
    return mm


def _agreed(mm: Array, weight: Array) -> Array:
    """Smooth shifts from which lines that miss their surroundings are left out."""
    kept = weight
    smooth = fill(mm, kept, WIDE_CELLS)
    for _ in range(4):
        kept = weight / (1.0 + ((mm - smooth) / TRUSTED_MM) ** 2) ** 2
        smooth = fill(mm, kept, WIDE_CELLS)
    return fill(mm, kept, FINE_CELLS)


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
