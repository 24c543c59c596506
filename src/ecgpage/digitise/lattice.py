"""Find the grid's directions and periods from the spectra of tiles of the page.

A grid of lines 1 mm and 5 mm apart has peaks in its spectrum at multiples of 1/5 mm along two
directions. Tiles are transformed one by one: a perspective picture has other frequencies in
each of them. The sum over tiles says what to look for, each tile says where it is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Spectrum = NDArray[np.float32]

SMALLEST_MM_PX = 2.1
"""A 1 mm line pattern with fewer pixels a period is at the limit of sampling."""
LARGEST_MM_PX = 30.0
ANGLES_DEG = np.arange(-45.0, 45.01, 0.5)


HARMONICS = (1, 2, 3, 4, 5, 6, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Local grid frequencies.

    ``centre_px`` (n, 2) row, column of each tile; ``across`` and ``down`` (n, 2) frequency
    vectors (per row, per column) in cycles per pixel of the 5 mm lines that are crossed when
    going right and down; ``weight_across``, ``weight_down`` (n,) how clearly they stand out.
    ``kinds`` is 2 where 1 mm lines were told from 5 mm lines and 1 where only one period was
    seen; ``contrast`` is the height of the peaks over the floor (natural logarithm).
    """

    centre_px: Array
    across: Array
    down: Array
    weight_across: Array
    weight_down: Array
    kinds: int
    contrast: float

    @property
    def clarity(self) -> float:
        """How far the usual tile's grid stands out from its spectrum (0: not at all)."""
        return float(np.median(np.minimum(self.weight_across, self.weight_down)))


def _spectra(wave: NDArray[np.float32], tile: int) -> tuple[list[tuple[int, int]], list[Spectrum]]:
    rows, columns = wave.shape
    window = np.outer(np.hanning(tile), np.hanning(tile)).astype(np.float32)
    centres, spectra = [], []
    buffer = np.zeros((2 * tile, 2 * tile), np.float32)
    for top in _starts(rows, tile):
        for left in _starts(columns, tile):
            piece = wave[top : top + tile, left : left + tile]
            if np.count_nonzero(piece) < 0.2 * tile * tile:
                continue
            buffer[: piece.shape[0], : piece.shape[1]] = (piece - piece.mean()) * window[
                : piece.shape[0], : piece.shape[1]
            ]
            transform = cv2.dft(buffer, flags=cv2.DFT_COMPLEX_OUTPUT, nonzeroRows=tile)
            size = cv2.magnitude(
                np.ascontiguousarray(transform[..., 0]), np.ascontiguousarray(transform[..., 1])
            )
            size = np.fft.fftshift(size)
            spectra.append((size / (np.median(size[::7, ::7]) + 1e-9)).astype(np.float32))
            centres.append((top + tile // 2, left + tile // 2))
    return centres, spectra


def _starts(length: int, tile: int) -> list[int]:
    count = min(7, max(1, int(np.ceil((length - tile) / (0.75 * tile))) + 1))
    return sorted({int(x) for x in np.linspace(0, max(0, length - tile), count)})


def _ray(spectrum: NDArray[np.float32], frequency: Array, angle: float, down: bool) -> Array:
    """Spectrum along one direction, at the given frequencies."""
    half = spectrum.shape[0] // 2
    along, across = np.cos(angle), np.sin(angle)
    per_column, per_row = (-across, along) if down else (along, across)
    x = (half + frequency * per_column * spectrum.shape[0]).astype(np.float32)[None]
    y = (half + frequency * per_row * spectrum.shape[0]).astype(np.float32)[None]
    return np.asarray(cv2.remap(spectrum, x, y, cv2.INTER_LINEAR)[0], dtype=np.float64)


FREQUENCY = np.arange(0.004, 0.48, 0.00025)


def _direction(spectrum: NDArray[np.float32], down: bool) -> tuple[float, Array]:
    """Direction (radian) in which the spectrum's ray is strongest, and the ray's contrast."""
    best, best_angle, best_ray = -1.0, 0.0, np.zeros_like(FREQUENCY)
    coarse = FREQUENCY[FREQUENCY > 0.018]
    for angle in np.deg2rad(ANGLES_DEG):
        ray = _ray(spectrum, coarse, angle, down)
        strength = float(np.sort(ray)[-len(ray) // 12 :].mean())
        if strength > best:
            best, best_angle = strength, float(angle)
    for angle in best_angle + np.deg2rad(np.arange(-0.5, 0.51, 0.1)):
        ray = _ray(spectrum, FREQUENCY, angle, down)
        strength = float(np.sort(ray)[-len(ray) // 12 :].mean())
        if strength >= best:
            best, best_angle, best_ray = strength, float(angle), ray
    if not best_ray.any():
        best_ray = _ray(spectrum, FREQUENCY, best_angle, down)
    return best_angle, best_ray


def _contrast(ray: Array) -> Array:
    """Log height of the ray over its running median, at least 0."""
    width = 160
    padded = np.pad(ray, width // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(ray)]
    floor = np.median(windows[::8], axis=1)
    floor = np.interp(np.arange(len(ray)), np.arange(len(ray))[::8], floor)
    return np.maximum(0.0, np.log(np.maximum(ray, 1e-9) / np.maximum(floor, 1e-9)))


def _at(contrast: Array, frequency: float) -> float:
    if frequency > FREQUENCY[-1] or frequency < FREQUENCY[0]:
        return 0.0
    return float(np.interp(frequency, FREQUENCY, contrast))


def _comb(contrast: Array) -> tuple[float, int, float]:
    """5 mm frequency that explains the ray best, kinds of lines seen, and its score.

    Hypotheses are all 1 mm frequencies ``5 f``. Where lines of both kinds are there, the 1 mm
    peak and its multiples stand beside fractions of fifths.
    """
    best = (0.0, 0, -1.0)
    for five in np.arange(1 / (5 * LARGEST_MM_PX), 1 / (5 * SMALLEST_MM_PX), 0.0001):
        one = 5 * five
        ones = [_at(contrast, k * one) for k in (1, 2, 3) if k * one < 0.47]
        fifths = [_at(contrast, k * five) for k in (1, 2, 3, 4, 6, 7, 8, 9) if k * five < 0.47]
        between = [_at(contrast, (k + 0.5) * five) for k in (0, 1, 2, 3, 5, 6, 7)]
        if not ones or not fifths:
            continue
        seen = float(np.mean(np.minimum(fifths, 1.0)) - np.mean(np.minimum(between, 1.0)))
        score = (
            ones[0] + 0.35 * sum(ones[1:]) + 2.0 * max(seen, 0.0) - 0.5 * float(np.mean(between))
        )
        if score > best[2]:
            best = (float(five), 2 if seen > 0.15 else 1, score)
    return best


def _refine(
    spectrum: Spectrum, guess: Array, weights: Array, reach: float = 0.2
) -> tuple[Array, float]:
    """Frequency vector near ``guess`` at which this tile's harmonics are strongest."""
    half = spectrum.shape[0] // 2
    best, weight = guess, 0.0
    for scale, turn, steps in ((reach, 0.2, 41), (reach / 12, 0.015, 13)):
        factors = 1 + np.linspace(-scale, scale, steps)
        turns = np.linspace(-turn, turn, steps)
        cos, sin = np.cos(turns)[None], np.sin(turns)[None]
        per_row = factors[:, None] * (best[0] * cos + best[1] * sin)
        per_column = factors[:, None] * (best[1] * cos - best[0] * sin)
        total = np.zeros(per_row.shape)
        for k, w in zip(HARMONICS, weights, strict=True):
            if w <= 0:
                continue
            x = (half + k * per_column * spectrum.shape[1]).astype(np.float32)
            y = (half + k * per_row * spectrum.shape[0]).astype(np.float32)
            total += w * cv2.remap(spectrum, x, y, cv2.INTER_LINEAR)
        row, column = np.unravel_index(int(np.argmax(total)), total.shape)
        if steps == 41:
            edge = row in (0, steps - 1) or column in (0, steps - 1)
            weight = 0.0 if edge else float(total[row, column] / np.median(total)) - 1.0
        best = np.array([per_row[row, column], per_column[row, column]])
    return best, weight


def _tile_size(columns: int) -> int:
    return int(min(512, max(128, 2 ** round(np.log2(columns / 7)))))


def _settle(five: float, kinds: int, columns: int) -> float:
    """Take a single period for 1 mm or 5 mm by how often it fits across the picture.

    Twelve-lead pages are 200 to 300 mm wide, pictures of them rarely show more than half as
    much again; between the two readings lies a factor of five.
    """
    if kinds == 1 and columns * 5 * five < 110:
        return 5 * five
    return five


def find_lattice(wave: NDArray[np.float32]) -> Lattice | None:
    """Grid frequencies of each tile of ``wave`` (see :func:`grid_wave`); None if there are none."""
    tile = _tile_size(wave.shape[1])
    centres, spectra = _spectra(wave, tile)
    if not spectra:
        return None
    total = np.mean(spectra, axis=0).astype(np.float32)
    found = []
    for down in (False, True):
        angle, ray = _direction(total, down)
        contrast = _contrast(ray)
        five, kinds, score = _comb(contrast)
        found.append((angle, contrast, five, kinds, score))
    found = _agree(found, wave.shape[1])
    vectors, weights = [], []
    for down, (angle, contrast, five, _, _) in zip((False, True), found, strict=True):
        harmonics = np.array([_at(contrast, k * five) for k in HARMONICS])
        harmonics[harmonics < 0.25 * harmonics.max()] = 0
        along, across = np.cos(angle) * five, np.sin(angle) * five
        guess = np.array([along, -across]) if down else np.array([across, along])
        refined = [_refine(s, guess, harmonics) for s in spectra]
        vectors.append(np.array([r[0] for r in refined]))
        weights.append(np.array([r[1] for r in refined]))
    return Lattice(
        centre_px=np.array(centres, dtype=np.float64),
        across=vectors[0],
        down=vectors[1],
        weight_across=weights[0],
        weight_down=weights[1],
        kinds=min(found[0][3], found[1][3]),
        contrast=min(found[0][4], found[1][4]),
    )


Found = tuple[float, Array, float, int, float]


def _agree(found: list[Found], columns: int) -> list[Found]:
    """Let both directions read the same lines as 5 mm; the clearer one leads."""
    settled = [
        (angle, contrast, _settle(five, kinds, columns), kinds, score)
        for angle, contrast, five, kinds, score in found
    ]
    leader = max(settled, key=lambda f: (f[3], f[4]))
    out = []
    for angle, contrast, five, kinds, score in settled:
        ratio = five / leader[2]
        if not 0.75 < ratio < 1.33:
            near = leader[2] * np.linspace(0.8, 1.25, 400)
            scores = [sum(_at(contrast, k * f) for k in (1, 2, 3, 4, 5, 5, 10)) for f in near]
            five = float(near[int(np.argmax(scores))])
        out.append((angle, contrast, five, kinds, score))
    return out
