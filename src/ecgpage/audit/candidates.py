"""Which pairs of pages are worth a close look, without comparing all pixels of all pairs.

The pages of one template have nearly the same perceptual hash, so a hash alone names either
every pair or none. Here a page is hashed to 96 numbers that say how it differs from the mean
page of its own data set: principal components of the small ink maps, divided by their spread
(shrunk, so that noise is not blown up). What all pages share (header, lead names, grid) falls
out; what remains is the trace. Copies that were cropped are met by cropping the other page in
256 ways (each side by 0 to 7.5 %) before it is hashed, each way with its own mean page.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

STEPS: tuple[float, ...] = (0.0, 0.025, 0.05, 0.075)
CROPS: tuple[tuple[float, float, float, float], ...] = tuple(
    itertools.product(STEPS, STEPS, STEPS, STEPS)
)
"""Shares cut off at left, right, top and bottom."""

ROWS, COLUMNS = 48, 64
COMPONENTS = 96
CROP_DIRECTIONS = 16
"""Directions given up so that cropping alike is no likeness; 80 are left."""
SHRINK = 0.3
NEIGHBOURS = 4
"""Nearest pages looked at for each page; more are asked for while all of them are twins."""
LEAST = 0.3
"""Least cosine of a candidate. The original of a copy lay at 0.42 or above, and was among the
four nearest of 376 pages of one template in all of 720 copies of 18 kinds."""
FEW = 24
"""Up to this many pages every pair is a candidate: too few to tell what they share."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Page ``first``, cropped by ``crop`` (left, right, top, bottom), may show ``second``."""

    first: int
    second: int
    crop: tuple[float, float, float, float]
    likeness: float


class Likeness:
    """Cosines between all pages and all cropped pages, kept as the best few of each page."""

    def __init__(self, maps: NDArray[np.uint8]) -> None:
        self._maps = maps
        self._few = len(maps) <= FEW
        count = len(maps) - 1 if self._few else min(4 * NEIGHBOURS, len(maps) - 1)
        self._best = np.full((len(maps), count), -2.0, dtype=np.float32)
        self._page = np.zeros((len(maps), count), dtype=np.int64)
        self._crop = np.zeros((len(maps), count), dtype=np.int64)
        if count:
            self._search()

    def nearest(self, page: int, start: int, stop: int) -> list[Candidate]:
        """The candidates of one page from rank ``start`` up to ``stop``, the best first."""
        least = -2.0 if self._few else LEAST
        return [
            Candidate(int(other), page, CROPS[crop], float(best))
            for other, crop, best in zip(
                self._page[page, start:stop],
                self._crop[page, start:stop],
                self._best[page, start:stop],
                strict=True,
            )
            if best >= least
        ]

    @property
    def count(self) -> int:
        """How many candidates a page has at most."""
        return int(self._best.shape[1])

    @property
    def first_look(self) -> int:
        """How many candidates of each page to look at in any case."""
        return self.count if self._few else min(NEIGHBOURS, self.count)

    def _search(self) -> None:
        basis = None if self._few else _basis(self._maps)
        whole = _hash(_cropped(self._maps, CROPS[0]), basis)
        for number, crop in enumerate(CROPS):
            cropped = whole if number == 0 else _hash(_cropped(self._maps, crop), basis)
            mean = np.zeros(1, np.float32) if self._few else cropped.mean(axis=0)
            towards, of = _unit(whole - mean), _unit(cropped - mean)
            for start in range(0, len(whole), 1024):
                rows = slice(start, min(start + 1024, len(whole)))
                cosine = towards[rows] @ of.T
                cosine[np.arange(cosine.shape[0]), np.arange(rows.start, rows.stop)] = -2
                self._keep(rows, cosine, number)

    def _keep(self, rows: slice, cosine: NDArray[np.float32], crop: int) -> None:
        """Merge the best of one way of cropping into the best so far, one entry a page."""
        count = self._best.shape[1]
        top = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(cosine, top, axis=1)
        pages = np.concatenate([self._page[rows], top], axis=1)
        best = np.concatenate([self._best[rows], values], axis=1)
        crops = np.concatenate([self._crop[rows], np.full_like(top, crop)], axis=1)
        order = np.argsort(-best, axis=1, kind="stable")
        pages, best, crops = (np.take_along_axis(x, order, axis=1) for x in (pages, best, crops))
        by_page = np.argsort(pages, axis=1, kind="stable")
        ranked = np.take_along_axis(pages, by_page, axis=1)
        repeated = np.zeros_like(best, dtype=bool)
        np.put_along_axis(repeated, by_page[:, 1:], ranked[:, 1:] == ranked[:, :-1], axis=1)
        best = np.where(repeated, -3, best)
        order = np.argsort(-best, axis=1, kind="stable")[:, :count]
        self._page[rows] = np.take_along_axis(pages, order, axis=1)
        self._best[rows] = np.take_along_axis(best, order, axis=1)
        self._crop[rows] = np.take_along_axis(crops, order, axis=1)


def _cropped(
    maps: NDArray[np.uint8], crop: tuple[float, float, float, float]
) -> NDArray[np.float32]:
    """All maps cropped and brought to 48 x 64, shape (page, 3072)."""
    left, right, top, bottom = crop
    rows, columns = maps.shape[1:]
    row_step, column_step = (1 - top - bottom) * rows / ROWS, (1 - left - right) * columns / COLUMNS
    place = np.array(
        [
            [column_step, 0, left * columns + column_step / 2 - 0.5],
            [0, row_step, top * rows + row_step / 2 - 0.5],
        ],
        np.float32,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = np.empty((len(maps), ROWS * COLUMNS), np.float32)
    for number, page in enumerate(maps):
        warped = cv2.warpAffine(
            page, place, (COLUMNS, ROWS), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        out[number] = warped.ravel()
    return np.asarray(out / 255, dtype=np.float32)


def _basis(maps: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Directions in which pages differ, divided by their spread, shape (3072, component)."""
    from sklearn.utils.extmath import randomized_svd

    rng = np.random.default_rng(0)
    sample = maps[np.sort(rng.choice(len(maps), min(len(maps), 1500), replace=False))]
    ways = [CROPS[0], *(CROPS[n] for n in rng.choice(len(CROPS), 4, replace=False))]
    parts = [_cropped(sample, crop) for crop in ways]
    pool = np.concatenate([part - part.mean(axis=0) for part in parts])
    _, singular, directions = randomized_svd(pool, COMPONENTS, n_iter=4, random_state=0)
    spread = singular**2 / len(pool)
    scale = np.sqrt(np.maximum(spread + SHRINK * spread.mean(), 1e-12))
    basis = np.asarray(directions.T / scale, dtype=np.float32)
    return _blind_to_crops(basis, sample.mean(axis=0))


def _blind_to_crops(basis: NDArray[np.float32], mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """The basis without the directions in which the mean page moves when it is cropped.

    Otherwise pages that were cropped alike resemble one another more than their originals.
    """
    page = np.round(mean).astype(np.uint8)[None]
    moves = np.concatenate([_cropped(page, crop) for crop in CROPS]) @ basis
    _, _, directions = np.linalg.svd(moves - moves.mean(axis=0), full_matrices=False)
    blind = directions[:CROP_DIRECTIONS]
    return np.asarray(basis - (basis @ blind.T) @ blind, dtype=np.float32)


def _hash(maps: NDArray[np.float32], basis: NDArray[np.float32] | None) -> NDArray[np.float32]:
    out = maps - maps.mean(axis=1, keepdims=True) if basis is None else maps @ basis
    return np.asarray(out, dtype=np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), dtype=np.float32)
