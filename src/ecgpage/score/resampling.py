"""Intervals by bootstrap over groups.

Pages of one patient (or one print) are not independent, so whole groups are drawn with
replacement: the cluster bootstrap [1]_ with the percentile interval [2]_. A draw is held as
how often each page counts, so that a figure is computed for hundreds of draws in one go.

References
----------
.. [1] Field CA, Welsh AH. Bootstrapping clustered data. J R Stat Soc B 2007;69:369-390.
.. [2] Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, ch. 13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Statistic = Callable[[NDArray[np.float64]], Mapping[str, NDArray[np.float64]]]
"""Weights, shape (draws, pages), to figures by name, each of shape (draws,)."""

CHUNK_VALUES = 2_000_000
"""Weights held at once; bounds the memory at about 16 MB for each array."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its 95 % interval; NaN where it could not be taken.

    ``low`` and ``high`` are NaN where no interval exists (one group, or a figure that hardly
    any draw allows).
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")

    def as_dict(self) -> dict[str, float | None]:
        """The figure for JSON, with null for NaN."""
        return {
            name: None if not np.isfinite(number) else float(number)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        }

    def __str__(self) -> str:
        if not np.isfinite(self.value):
            return "-"
        if not np.isfinite(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def number_groups(groups: Sequence[str] | ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Number the groups 0, 1, ... and say how many there are."""
    names, numbers = np.unique(np.asarray(groups), return_inverse=True)
    return numbers.reshape(-1), len(names)


def draws(
    groups: Sequence[str] | ArrayLike, resamples: int = 2000, seed: int = 0
) -> Iterator[NDArray[np.float64]]:
    """Draw groups with replacement; yield weights of shape (draws, pages), chunk by chunk.

    Parameters
    ----------
    groups:
        The group of each page, shape (pages,).
    resamples:
        How many draws in all.
    seed:
        Of the generator; the same seed gives the same draws for any figure, which is what
        makes two models comparable pair by pair.
    """
    numbers, count = number_groups(groups)
    generator = np.random.default_rng(seed)
    chance = np.full(count, 1.0 / count)
    chunk = max(1, min(resamples, CHUNK_VALUES // max(len(numbers), 1)))
    for start in range(0, resamples, chunk):
        drawn = generator.multinomial(count, chance, size=min(chunk, resamples - start))
        yield drawn.astype(np.float64)[:, numbers]


def bootstrap(
    statistic: Statistic,
    groups: Sequence[str] | ArrayLike,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Figure]:
    """Figures on all pages, each with its percentile interval over draws of groups.

    Draws in which a figure does not exist (no page of one class, say) are left out of its
    interval; where that is more than half of them, or there are fewer than two groups, the
    interval is NaN.
    """
    numbers, count = number_groups(groups)
    whole = statistic(np.ones((1, len(numbers))))
    values = {name: float(value[0]) for name, value in whole.items()}
    if count < 2 or resamples < 2:
        return {name: Figure(value) for name, value in values.items()}
    parts = [statistic(weights) for weights in draws(groups, resamples, seed)]
    return {
        name: _figure(value, np.concatenate([part[name] for part in parts]), level)
        for name, value in values.items()
    }


def _figure(value: float, drawn: NDArray[np.float64], level: float) -> Figure:
    seen = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or 2 * len(seen) < len(drawn):
        return Figure(value)
    low, high = np.quantile(seen, [(1 - level) / 2, (1 + level) / 2])
    return Figure(value, float(low), float(high))
