"""What training needs of an input pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Pages, shape (n, height, width, 1), and their classes as numbers, shape (n,)."""


class Feed(Protocol):
    """Pages in batches, the same ones in the same order whenever the epoch is asked for."""

    def __len__(self) -> int:
        """Batches in one epoch."""
        ...

    def epoch(self, number: int) -> Iterable[Batch]:
        """The batches of one epoch, counted from 0; its chance depends on the number alone."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Feeds of the two parts that training may see.

    ``counts`` holds the training pages of each class, in the order of ``classes``. The
    validation feed is neither shuffled nor augmented. ``fingerprint`` names the data: a
    checkpoint made on other data is not resumed.
    """

    training: Feed
    validation: Feed
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    fingerprint: str


def balanced_weights(counts: tuple[int, ...]) -> NDArray[np.float32]:
    """Weight of each class, n / (k n_c), so that all classes weigh the same in sum.

    King and Zeng, "Logistic Regression in Rare Events Data", Political Analysis 9 (2001).
    """
    number = np.asarray(counts, dtype=np.float64)
    weights = number.sum() / (len(number) * np.maximum(number, 1.0))
    return np.asarray(weights, dtype=np.float32)
