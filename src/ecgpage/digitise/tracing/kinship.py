"""How likely heights of rows are together, column by column, said by the leads that they are.

The leads of one time are made of few signals, so that where some of them run makes some heights of
the others likely (a normal distribution, and what it says of some values when others are known). In
a tangle of QRS complexes, where much of the ink is one dark patch, this tells how far up and down
each row goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Index

Array = NDArray[np.float64]
WEIGHT = 1.0
"""What a factor e in likelihood is worth, in pixels of ink explained."""
JITTER_MM = 0.04
"""Rows are read so far beside each other; what that makes of a height is its slope times this."""
LEAST_MM = 0.5
"""Heights are no surer than this."""
FREEDOM = 4.0
"""Degrees of freedom of the t distribution that heights have: hearts differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinship:
    """How heights of rows go together in columns ``first`` to ``last``.

    ``level_px``: each row's level; ``spread_px2``: covariance of the heights about it, (row, row);
    ``memory_px``: columns this far apart tell different things.
    """

    first: int
    last: int
    level_px: Array
    spread_px2: Array
    memory_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Likely:
    """The same for the rows of one meeting, in fine columns, what other rows show being known.

    ``expected``: (row, fine column); ``spread``: (fine column, row, row), both in pixels of a field
    of ``height`` rows; ``each``: what minus log likelihood of one fine column counts.
    """

    expected: Array
    spread: Array
    height: int
    slope_px: float
    each: float

    def across(self, row: int, spans: Index | None) -> NDArray[np.float32]:
        """What it costs a row to enter each fine column at each height, (fine column, height).

        ``spans``: courses of all rows, of which the others are believed; None of no row.
        """
        expected, variance = self.expected[row], self.spread[:, row, row]
        if spans is not None:
            at = entries(spans)
            rest = [i for i in range(len(spans)) if i != row]
            unsure = self._unsure(at)[:, None, None] * np.eye(len(rest))
            outer = self.spread[:, rest][:, :, rest] + unsure
            between = self.spread[:, row][:, rest]
            gain = np.linalg.solve(outer, between[..., None])[..., 0]
            expected = expected + np.einsum("cr,rc->c", gain, at[rest] - self.expected[rest])
            variance = variance - (gain * between).sum(axis=1) + self._unsure(at)
        away = np.arange(self.height)[None] - expected[:, None]
        unlikely = away**2 / np.maximum(variance, 1.0)[:, None]
        unlikely = (FREEDOM + 1) / 2 * np.log1p(unlikely / FREEDOM)
        return np.asarray(self.each * unlikely, np.float32)

    def cost(self, spans: Index) -> float:
        """What the courses of all rows cost together."""
        at = entries(spans)
        spread = self.spread + self._unsure(at)[:, None, None] * np.eye(len(spans))
        away = (at - self.expected).T
        found = np.linalg.solve(spread, away[..., None])[..., 0]
        unlikely = (away * found).sum(axis=1)
        unlikely = (FREEDOM + len(spans)) / 2 * np.log1p(unlikely / FREEDOM)
        return float(self.each * unlikely.sum())

    def _unsure(self, at: Array) -> Array:
        """Variance that slopes add, (fine column,)."""
        slope = np.abs(np.gradient(at, axis=1)).mean(axis=0)
        return np.asarray((self.slope_px * slope) ** 2)


def entries(spans: Index) -> Array:
    """Heights at which courses, (row, 2, column), enter each column."""
    before = np.concatenate([spans[..., :1], spans[..., :-1]], axis=2)
    high = np.maximum(before[:, 0], spans[:, 0])
    low = np.minimum(before[:, 1], spans[:, 1])
    return np.asarray((high + low) / 2.0)


def likely_heights(
    kin: Kinship,
    rows: tuple[int, ...],
    others: tuple[Array, Array],
    place: tuple[int, int],
    fine: int,
    px_per_mm: tuple[float, float],
) -> Likely:
    """What a meeting's rows are likely to do.

    ``others``: height of every row in each column of the meeting, and its variance, (row, column),
    infinite where unknown; ``place``: first row and number of rows of the meeting's field.
    """
    mine = list(rows)
    columns = others[0].shape[1]
    rest = [i for i in range(len(kin.level_px)) if i not in rows]
    expected = np.empty((len(mine), columns))
    spread = np.empty((columns, len(mine), len(mine)))
    own = np.eye(len(mine)) * (LEAST_MM * px_per_mm[0]) ** 2
    for c in range(columns):
        known = [i for i in rest if np.isfinite(others[1][i, c])]
        between = kin.spread_px2[np.ix_(mine, known)]
        outer = kin.spread_px2[np.ix_(known, known)] + np.diag(others[1][known, c])
        gain = np.linalg.solve(outer, between.T).T
        away = others[0][known, c] - kin.level_px[known]
        expected[:, c] = kin.level_px[mine] + gain @ away - place[0]
        spread[c] = kin.spread_px2[np.ix_(mine, mine)] - gain @ between.T + own
    return Likely(
        np.repeat(expected, fine, axis=1), np.repeat(spread, fine, axis=0), place[1],
        JITTER_MM * px_per_mm[1] * fine, WEIGHT / (kin.memory_px * fine),
    )  # fmt: skip
