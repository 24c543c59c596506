"""Undo the pen: from the two borders of the inked band to the course of the pen's centre.

A round pen of radius r that follows a curve leaves a band: its upper border is the highest point
that the pen reaches at each place, its lower border the lowest (dilation by a disc; Serra J.
Image Analysis and Mathematical Morphology. Academic Press 1982). A pixel column shows the mean of
each border over its width. Where the line runs flat, the middle of the two is the curve. On
steep flanks and at narrow peaks it is not: there the curve is sought, four points a column, whose
band has the borders that were seen, as smooth as they allow (Gauss-Newton steps on the points
that make the borders; a banded least-squares problem each).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from ecgpage.digitise.tracing.compiled import compiled
from ecgpage.digitise.tracing.line import Line

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
FINE = 4
"""Points of the curve in each column."""
SPREAD = (np.array([3, 0, 1, 2]) + 0.5) / FINE
"""The pen's reach is rounded up or down from point to point, so that it is right in the mean."""
STEEP_PX = 1.0
"""Columns in which the band is taller than the pen by this much are fitted."""
AROUND_PX = 3
ON_PX = 1
"""The curve runs on as it was going for so many columns beyond the ink, then stays level: what a
flank does under a stroke between columns is not known."""
STEPS = 5
DAMPING = 0.8
BORDER_PX = 0.15
"""Error of a border's mean height where the line is flat ..."""
FLAT_SHARE, BENT_SHARE = 0.013, 0.04
"""... and as a share of the band's height where it is steep: the place of a column on the curve is
known to an eightieth of a pixel, to a twenty-fifth where bent paper was made flat."""
BURIED_PX, BURIED_SHARE = 2.0, 0.25
"""The same of a border that lies in other rows' ink: where it is, the course there tells alone."""
BEND_PX = 0.12
BEND_SHARE = 0.02
AT_POINTS, BETWEEN_POINTS = 8.0, 0.2
"""How much more, and less, a line bends at the points that it was drawn by, and between them."""
"""How much the curve may bend from one point to the next, flat and as a share of the band."""


def curve_knots(
    line: Line, left: int, right: int, points: tuple[float, float] | None = None
) -> tuple[Array, Array]:
    """Points (column, row) of the pen's centre, :data:`FINE` a column, gaps bridged straight.

    ``points``: the column of one of the points by which the line was drawn, and their distance;
    it bends there and is straight between them.
    """
    x, y = mean_knots(line, left, right)
    seen = np.flatnonzero(np.isfinite(line.centre[left : right + 1]))
    if len(seen) < 2:
        return x, y
    first, last = max(int(seen[0]) - ON_PX, 0), min(int(seen[-1]) + ON_PX, right - left)
    part = slice(first * FINE, (last + 1) * FINE)
    y[part] = _sought(line, x[part], y[part], left + first, left + last, points)
    y[: part.start], y[part.stop :] = y[part.start], y[part.stop - 1]
    return x, y


def _sought(
    line: Line, x: Array, y: Array, left: int, right: int, points: tuple[float, float] | None
) -> Array:
    """The heights of the pen's centre from the first inked column to the last, or just beyond."""
    there = np.isfinite(line.centre[left : right + 1])
    band = (line.lower - line.upper)[left : right + 1] - line.thickness
    steep = there & (np.nan_to_num(band) > STEEP_PX)
    if not steep.any() or line.thickness <= 0:
        return y
    wide = np.convolve(steep, np.ones(2 * AROUND_PX + 1), mode="same") > 0
    upper, lower = line.upper[left : right + 1], line.lower[left : right + 1]
    supple = np.ones(len(x))
    if points is not None:
        away = np.abs((x - points[0] + points[1] / 2) % points[1] - points[1] / 2)
        supple = np.where(away <= 0.5 / FINE, AT_POINTS, BETWEEN_POINTS)
    free = np.repeat(wide, FINE)
    buried = np.zeros((2, len(there)), bool)
    if line.buried is not None:
        buried = line.buried[:, left : right + 1]
    pen = line.thickness / 2, line.across
    share = BENT_SHARE if line.bent else FLAT_SHARE
    return _fit(y, upper, lower, buried, there & wide, free, pen, supple, share)


def mean_knots(line: Line, left: int, right: int) -> tuple[Array, Array]:
    """The same points at the mean height of each column's ink."""
    columns = np.arange(left, right + 1)
    there = np.isfinite(line.centre[left : right + 1])
    if there.sum() < 2:
        return np.zeros(0), np.zeros(0)
    x = left - 0.5 + (np.arange(len(columns) * FINE) + 0.5) / FINE
    return x, np.interp(x, columns[there], line.centre[left : right + 1][there])


def _fit(
    y: Array, upper: Array, lower: Array, buried: Mask, used: Mask, free: Mask,
    pen: tuple[float, float], supple: Array, share: float,
) -> Array:  # fmt: skip
    """The curve ``y`` moved, where ``free``, until its band has the borders of ``used`` columns.

    ``pen``: half its height, and how wide it is against that; ``supple``: how much more than usual
    the curve may bend at each point; ``share``: :data:`FLAT_SHARE` or :data:`BENT_SHARE`.
    """
    radius, across = pen
    reach = max(1.0, radius * across * FINE)
    offset = np.arange(-int(np.ceil(reach)), int(np.ceil(reach)) + 1)
    disc = radius * np.sqrt(np.maximum(1.0 - (offset / reach) ** 2, 0.0))
    beyond = np.where(np.abs(offset)[:, None] > np.floor(reach + SPREAD), np.inf, 0.0)
    at = np.flatnonzero(used)
    band = np.maximum((lower - upper)[at] - 2 * radius, 0.0)
    unsure = BURIED_PX + BURIED_SHARE * band
    errors = np.where(buried[:, at], unsure, BORDER_PX + share * band)
    points = at[:, None] * FINE + np.arange(FINE)[None]
    index = np.cumsum(free) - 1
    count = int(free.sum())
    tall = np.interp(np.flatnonzero(free) / FINE, at, band)
    stiff = 1.0 / (supple[free] * (BEND_PX + BEND_SHARE * tall)) ** 2
    bends, pull = _bends(free, index, y, stiff, (len(disc) + FINE + 1, count))
    out = y.copy()
    add = compiled(_add_border)
    for _ in range(STEPS):
        matrix, target = bends.copy(), pull.copy()
        for border, sign, error in ((upper[at], 1.0, errors[0]), (lower[at], -1.0, errors[1])):
            add(matrix, target, out, free, index, points, disc, beyond, sign, border, error)
        matrix[0] += 1e-6
        found = solveh_banded(matrix, target, overwrite_ab=True, overwrite_b=True, lower=True)
        out[free] += DAMPING * (found - out[free])
    return out


def _add_border(
    matrix: Array, target: Array, y: Array, free: Mask, index: NDArray[np.int64],
    points: NDArray[np.int64], disc: Array, beyond: Array, sign: float, border: Array,
    error: Array,
) -> None:  # fmt: skip
    """Equations "here the band has this border" added to the normal equations.

    ``y``: the curve, of which ``free`` points have an ``index`` among the unknown heights.
    ``points``: (column, point); ``sign``: 1 for an upper border, -1 for a lower one. The pen of
    some neighbour reaches furthest at each point; ``beyond``, (neighbour, point): infinite where a
    neighbour is out of the pen's reach. The mean of these neighbours' heights is the ``border``,
    less the mean of the reaches.
    """
    half, last = len(disc) // 2, len(y) - 1
    more, right = np.zeros(matrix.shape), np.zeros(len(target))
    near, reach = np.zeros(FINE, np.int64), np.zeros(FINE)
    for c in range(len(points)):
        for j in range(FINE):
            least, which = np.inf, 0
            for k in range(len(disc)):
                place = min(max(points[c, j] + k - half, 0), last)
                height = sign * y[place] - disc[k] + beyond[k, j]
                if height < least:
                    least, which = height, k
            near[j] = min(max(points[c, j] + which - half, 0), last)
            reach[j] = disc[which]
        fixed = 0.0
        for j in range(FINE):
            fixed += 0.0 if free[near[j]] else y[near[j]]
        height = border[c] + sign * ((reach[0] + reach[1] + reach[2] + reach[3]) / FINE)
        weight = 1.0 / (error[c] * error[c])
        for i in range(FINE):
            if not free[near[i]]:
                continue
            right[index[near[i]]] += weight * (height - fixed / FINE) / FINE
            for j in range(FINE):
                below = index[near[i]] - index[near[j]]
                if free[near[j]] and below >= 0:
                    more[below, index[near[j]]] += weight / (FINE * FINE)
    target += right
    matrix += more


def _bends(
    free: Mask, index: NDArray[np.int64], y: Array, stiff: Array, shape: tuple[int, int]
) -> tuple[Array, Array]:
    """Equations "the curve does not bend here" for every free point with two neighbours."""
    matrix, target = np.zeros(shape), np.zeros(shape[1])
    middle = np.flatnonzero(free)
    middle = middle[(middle > 0) & (middle < len(y) - 1)]
    weight = stiff[index[middle]]
    parts = [(middle - 1, 1.0), (middle, -2.0), (middle + 1, 1.0)]
    fixed = sum(np.where(free[p], 0.0, f * y[p]) for p, f in parts)
    for p, f in parts:
        ok = free[p]
        target += np.bincount(index[p[ok]], -(weight * f * fixed)[ok], minlength=shape[1])
        for q, g in parts:
            both = ok & free[q]
            a, b = index[p[both]], index[q[both]]
            low = a >= b
            place = a[low] - b[low], b[low]
            matrix[place] += (weight[both] * f * g)[low]
    return matrix, target


def sample_curve(x: Array, y: Array, at: Array) -> Array:
    """Height of the curve at columns ``at``; NaN outside its ends."""
    if len(x) < 2:
        return np.full(len(at), np.nan)
    return np.interp(at, x, y, left=np.nan, right=np.nan)
