"""Tiny pages for the tests: one bump is a class, two are another, a flat line a third."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ecgpage.learn.training.data import Batch, TrainingData

SIDE = 32


def draw(kind: int, rng: np.random.Generator) -> np.ndarray:
    """One page, shape (32, 32, 1): a line with ``kind`` bumps at places of chance, and noise."""
    page = 0.1 * rng.random((SIDE, SIDE), dtype=np.float32)
    height = np.full(SIDE, 20)
    for start in (rng.integers(2, 8), rng.integers(16, 22))[:kind]:
        height[start : start + 5] -= np.array([4, 8, 10, 8, 4])
    page[height, np.arange(SIDE)] = 1.0
    return page[..., None]


def pages(number: int, kinds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pages (n, 32, 32, 1) and their classes (n,), the classes in turn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(number) % kinds
    return np.stack([draw(int(kind) + (kinds == 2), rng) for kind in labels]), labels


class ArrayFeed:
    """Batches of pages in memory, shuffled and shifted by chance that the epoch decides.

    ``kill`` ends this very process with SIGKILL at (epoch, batch), if ``flag`` is not there yet.
    """

    def __init__(
        self,
        number: int,
        kinds: int = 2,
        seed: int = 0,
        batch: int = 8,
        shuffle: bool = True,
        kill: tuple[int, int, Path] | None = None,
    ) -> None:
        self.pages, self.labels = pages(number, kinds, seed)
        self.batch, self.shuffle, self.kill, self.seed = batch, shuffle, kill, seed

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch)

    def epoch(self, number: int) -> Iterator[Batch]:
        rng = np.random.default_rng((self.seed, number))
        order = np.arange(len(self.labels))
        if self.shuffle:
            rng.shuffle(order)
        for i in range(len(self)):
            self._perhaps_die(number, i)
            rows = order[i * self.batch : (i + 1) * self.batch]
            shift = int(rng.integers(-2, 3)) if self.shuffle else 0
            yield np.roll(self.pages[rows], shift, axis=1), self.labels[rows].astype(np.int64)

    def _perhaps_die(self, number: int, batch: int) -> None:
        if self.kill and (number, batch) == self.kill[:2] and not self.kill[2].exists():
            self.kill[2].touch()
            os.kill(os.getpid(), signal.SIGKILL)


def data(
    kinds: int = 2, number: int = 24, kill: tuple[int, int, Path] | None = None
) -> TrainingData:
    """Training data of drawn pages, with other pages for validation."""
    names = ("Normal", "Abnormal") if kinds == 2 else tuple("abcdefgh"[:kinds])
    training = ArrayFeed(number, kinds, kill=kill)
    counts = tuple(int((training.labels == kind).sum()) for kind in range(kinds))
    validation = ArrayFeed(12, kinds, seed=1, shuffle=False)
    return TrainingData(training, validation, names, counts, fingerprint=f"{kinds}/{number}")
