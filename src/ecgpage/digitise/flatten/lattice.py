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
from scipy import fft

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.flatten.comb import FREQUENCY, Comb, agree, height_at, read_comb, stand_out

Array = NDArray[np.float64]
Spectrum = NDArray[np.float32]

ANGLES_DEG = np.arange(-45.0, 45.01, 0.5)
SKEW_DEG = 15.0
HARMONICS = (1, 2, 3, 4, 5, 6, 10)
TILES = 7
"""Tiles across and down the page, at most."""
DOUBTFUL = 1.0
"""Where lines explain all tiles together worse than this, four neighbours are looked at alone, and
believed where lines explain them twice as well: steep perspective smears the sum over all. Flat
development pages lie at 2 and above."""
SURE_SHARE = 0.3
"""Tiles less clear than this share of the clearest do not say what to look for beside them."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Local grid frequencies, in pixels of the grid wave.

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


def find_lattice(wave: NDArray[np.float32]) -> Lattice | None:
    """Grid frequencies of each tile of ``wave`` (see :func:`grid_wave`); None if there are none."""
    centres, spectra = _spectra(wave, _tile_size(wave.shape[1]))
    if not spectra:
        return None
    combs = _combs(spectra, wave.shape[1])
    block: list[int] = []
    if _score(combs) < DOUBTFUL:
        for part in _blocks(centres):
            other = _combs([spectra[k] for k in part], wave.shape[1])
            if _score(other) > max(_score(combs), 2 * DOUBTFUL):
                combs, block = other, part

    def refined(comb: Comb, down: bool) -> tuple[Array, Array]:
        harmonics = height_at(comb.contrast, np.array(HARMONICS) * comb.five)
        harmonics[harmonics < 0.25 * harmonics.max()] = 0
        along, across = np.cos(comb.angle) * comb.five, np.sin(comb.angle) * comb.five
        guess = np.array([along, -across]) if down else np.array([across, along])
        found = _refined(spectra, centres, guess, harmonics, block)
        return np.array([f[0] for f in found]), np.array([f[1] for f in found])

    (across, weight_across), (down, weight_down) = at_once(
        lambda: refined(combs[0], False), lambda: refined(combs[1], True)
    )
    return Lattice(
        centre_px=np.array(centres, dtype=np.float64),
        across=across,
        down=down,
        weight_across=weight_across,
        weight_down=weight_down,
        kinds=min(c.kinds for c in combs),
        contrast=_score(combs),
    )


def _combs(spectra: list[Spectrum], columns: int) -> list[Comb]:
    """What all these tiles together say of the lines across and down."""
    total = np.mean(spectra, axis=0).astype(np.float32)
    combs = [read_comb(angle, stand_out(ray), columns) for angle, ray in _directions(total)]
    return agree(combs, columns)


def _score(combs: list[Comb]) -> float:
    """How well lines explain the spectrum in the direction in which they do worse."""
    return min(c.score for c in combs)


def _blocks(centres: list[tuple[int, int]]) -> list[list[int]]:
    """Tiles that lie two by two beside each other: in perspective these are alike, all are not."""
    rows, columns = (sorted(set(c)) for c in zip(*centres, strict=True))
    out = []
    for i in range(0, max(len(rows) - 1, 1)):
        for j in range(i % 2, max(len(columns) - 1, 1), 2):
            four = {(r, c) for r in rows[i : i + 2] for c in columns[j : j + 2]}
            part = [k for k, centre in enumerate(centres) if centre in four]
            if len(part) > 1:
                out.append(part)
    return out


def _refined(
    spectra: list[Spectrum], centres: list[tuple[int, int]], guess: Array, harmonics: Array,
    block: list[int],
) -> list[tuple[Array, float]]:  # fmt: skip
    """Each tile's own frequencies; from a block of tiles outwards where one was read alone.

    What is looked for in a tile is then what was found in those beside it.
    """
    if not block:
        first = _around(guess, harmonics, len(spectra[0]), 0)
        return [_refine(spectrum, guess, harmonics, first) for spectrum in spectra]
    places = np.array(centres, dtype=np.float64)
    away = np.linalg.norm(places - places[block].mean(axis=0), axis=1)
    done: dict[int, tuple[Array, float]] = {}
    for k in np.argsort(away, kind="stable").tolist():
        near = sorted(done, key=lambda d: float(np.linalg.norm(places[d] - places[k])))[:4]
        sure = max((done[d][1] for d in done), default=0.0)
        known = [done[d] for d in near if done[d][1] > SURE_SHARE * sure]
        start = guess
        if known and k not in block:
            start = np.average([v for v, _ in known], axis=0, weights=[w for _, w in known])
        done[k] = _refine(spectra[k], start, harmonics)
    return [done[k] for k in range(len(spectra))]


def _tile_size(columns: int) -> int:
    return int(np.clip(32 * round(columns / 7 / 32), 128, 512))


def _spectra(wave: NDArray[np.float32], tile: int) -> tuple[list[tuple[int, int]], list[Spectrum]]:
    """Centres and spectra of the tiles, (2 tile, tile + 1): rows shifted, columns from zero up."""
    rows, columns = wave.shape
    window = np.outer(np.hanning(tile), np.hanning(tile)).astype(np.float32)
    corners = []
    for top in _starts(rows, tile):
        for left in _starts(columns, tile):
            piece = wave[top : top + tile, left : left + tile]
            if np.count_nonzero(piece) >= 0.2 * tile * tile:
                corners.append((top, left))

    def each(some: list[tuple[int, int]]) -> list[Spectrum]:
        pieces = (wave[top : top + tile, left : left + tile] for top, left in some)
        return [_spectrum(piece, window, tile) for piece in pieces]

    half = (len(corners) + 1) // 2
    upper, lower = at_once(lambda: each(corners[:half]), lambda: each(corners[half:]))
    return [(top + tile // 2, left + tile // 2) for top, left in corners], upper + lower


def _spectrum(piece: NDArray[np.float32], window: NDArray[np.float32], tile: int) -> Spectrum:
    """Of one tile, by the usual height in it; rows of paper around it are not transformed."""
    shaped = (piece - piece.mean()) * window[: piece.shape[0], : piece.shape[1]]
    transform = fft.fft(fft.rfft(shaped, 2 * tile, axis=1), 2 * tile, axis=0, overwrite_x=True)
    size = np.abs(transform)
    size = np.concatenate([size[tile:], size[:tile]])
    return np.asarray(size / (np.median(size[::7, ::7]) + 1e-9), np.float32)


def _starts(length: int, tile: int) -> list[int]:
    count = min(TILES, max(1, int(np.ceil((length - tile) / (0.75 * tile))) + 1))
    return sorted({int(x) for x in np.linspace(0, max(0, length - tile), count)})


def _sample(spectrum: Spectrum, per_row: Array, per_column: Array) -> NDArray[np.float32]:
    """The spectrum at frequencies of any sign (it is symmetric), shape as the first two."""
    x, y = _pixels(per_row, per_column, spectrum.shape[0])
    return np.asarray(cv2.remap(spectrum, x, y, cv2.INTER_LINEAR), dtype=np.float32)


def _pixels(
    per_row: Array, per_column: Array, size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Columns and rows at which a spectrum of so many rows has these frequencies."""
    sign = np.where(per_column < 0, -1.0, 1.0)
    x = (sign * per_column * size).astype(np.float32)
    return x, (size // 2 + sign * per_row * size).astype(np.float32)


def _rays(spectrum: Spectrum, frequency: Array, angles: Array, down: bool) -> NDArray[np.float32]:
    """Spectrum along directions (radian) at the given frequencies, (angles, frequencies)."""
    along, across = np.cos(angles)[:, None] * frequency, np.sin(angles)[:, None] * frequency
    return _sample(spectrum, along, -across) if down else _sample(spectrum, across, along)


def _directions(spectrum: Spectrum) -> list[tuple[float, Array]]:
    """Directions (radian) across and down in which rays are strongest, and these rays.

    Perspective skews a grid by no more than ``SKEW_DEG`` or so; waves of a screen run in one
    direction alone.
    """
    coarse = FREQUENCY[FREQUENCY > 0.018][::2]
    angles = np.deg2rad(ANGLES_DEG)
    across, down = (np.log(_strength(_rays(spectrum, coarse, angles, d))) for d in (False, True))
    skew = np.abs(ANGLES_DEG[:, None] - ANGLES_DEG[None])
    both = across[:, None] + down[None] - np.maximum(skew - SKEW_DEG, 0.0) / SKEW_DEG
    best = np.unravel_index(int(np.argmax(both)), both.shape)
    found = []
    for k, is_down in zip(best, (False, True), strict=True):
        near = angles[k] + np.deg2rad(np.arange(-0.5, 0.51, 0.1))
        rays = _rays(spectrum, FREQUENCY, near, is_down)
        top = int(np.argmax(_strength(rays)))
        found.append((float(near[top]), rays[top].astype(np.float64)))
    return found


def _strength(rays: NDArray[np.float32]) -> Array:
    """Mean of the highest twelfth of each ray."""
    count = rays.shape[1] // 12
    return np.asarray(np.partition(rays, -count, axis=1)[:, -count:].mean(axis=1), np.float64)


REACHES = ((0.2, 0.2, 41), (0.2 / 12, 0.015, 13))
"""How far around a guess frequencies are looked at, first and then: as a share of its length, in
radian, and in how many steps."""


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """Frequencies around a guess, (longer, turned), and where a spectrum has their harmonics."""

    per_row: Array
    per_column: Array
    x: NDArray[np.float32]
    y: NDArray[np.float32]


def _around(guess: Array, weights: Array, size: int, which: int) -> _Around:
    """What is looked at around a guess, by its place in :data:`REACHES`, in spectra of a size."""
    scale, turn, steps = REACHES[which]
    k = np.array(HARMONICS, dtype=np.float64)[weights > 0][:, None, None]
    factors = 1 + np.linspace(-scale, scale, steps)
    turns = np.linspace(-turn, turn, steps)
    cos, sin = np.cos(turns)[None], np.sin(turns)[None]
    per_row = factors[:, None] * (guess[0] * cos + guess[1] * sin)
    per_column = factors[:, None] * (guess[1] * cos - guess[0] * sin)
    x, y = _pixels((k * per_row).reshape(-1, steps), (k * per_column).reshape(-1, steps), size)
    return _Around(per_row, per_column, x, y)


def _refine(
    spectrum: Spectrum, guess: Array, weights: Array, first: _Around | None = None
) -> tuple[Array, float]:
    """Frequency vector near ``guess`` at which this tile's harmonics are strongest.

    ``first``: what is looked at first, the same in all tiles for which the same is guessed.
    """
    best, weight = guess, 0.0
    used = weights[weights > 0]
    for which, (_, _, steps) in enumerate(REACHES):
        near = first if which == 0 and first is not None else None
        near = near or _around(best, weights, len(spectrum), which)
        heights = cv2.remap(spectrum, near.x, near.y, cv2.INTER_LINEAR)
        total = np.tensordot(used, heights.reshape(len(used), steps, steps), axes=1)
        row, column = np.unravel_index(int(np.argmax(total)), total.shape)
        if which == 0:
            edge = row in (0, steps - 1) or column in (0, steps - 1)
            weight = 0.0 if edge else float(total[row, column] / np.median(total)) - 1.0
        best = np.array([near.per_row[row, column], near.per_column[row, column]])
    return best, weight
