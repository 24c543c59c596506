"""The paper's relief from its rows: what bends the rows also moves them along.

A point of the paper that stands above the table is seen further away from the point that lies
right under the camera, the nadir, by a share of its distance that grows with its height: relief
displacement (Wolf PR, Dewitt BA, Wilkinson BE. Elements of Photogrammetry. McGraw-Hill 2014,
section 6.8). So one field of heights and one point explain both how far rows leave their level
and how far beats lean from row to row, and tell what neither shows alone: how far all rows
together are shifted along the time axis. The heights are given at nodes and bend as little as what
was seen allows; a fold may bend them much along a line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecgpage.digitise.gridless.equations import TILT_PER_MM, Seen, find_prior, find_seen
from ecgpage.digitise.gridless.landmarks import Landmarks
from ecgpage.digitise.gridless.net import Net

Array = NDArray[np.float64]

COARSE_MM, NODE_MM = 18.0, 12.0
AROUND_MM = 15.0
"""Distance of the nodes while the nadir is sought, and at last; how far they reach around."""
BEND_PER_MM = 0.028
"""Usual bend of the heights, a second difference over nodes 1 mm apart: see :data:`HEIGHT`."""
HEIGHT = 15.0
"""Usual heights. Their unit moves points by 1 mm that lie the page's length from the nadir: about
a millimetre per length of the page that the camera is away. Each node is held to that alone, though
neighbours stand equally high: with 4 the places along the rows of 31 bent development renders were
off by 6.2 ms (geometric mean), with 15 by 5.0, with 30 by 5.2."""
OFF = 0.7
OFF_SPREAD = 0.07
"""How far the nadir usually lies from the page's middle, in lengths of the page."""
STARTS = 24
KEPT = 8
STEPS_FIRST, STEPS, STEPS_LAST = 3, 8, 4
SOFT = 2.0
"""Misses of more than this many standard deviations count less and less."""
LONGEST_STEP = 0.15
BENT, TILTED = 70.0, 15.0
"""How much better a bent page must explain the landmarks than a flat one, and one in perspective
than one without: on 30 flat development renders perspective explained them better by 8 at most
where there was none, by 25, 530 and 2100 where there was."""
LEAST_EDGES, STRAIGHT = 20, 0.6
"""So many marks of the paper's edges say whether it is bent: they cost more than this on average
where they do not lie straight (0 to 0.5 on 8 flat renders, 0.9 to 17 on 28 bent ones)."""
STEEP_PER_MM, BOWED_MM = 2e-4, 0.15
"""Perspective left over (change of scale in a millimetre) that is too steep for its first order to
lay edges straight: 0.3 mm off, 120 mm from the middle. They are asked one by one then: seen flat
they were straight to 0.02 to 0.07 mm (root mean square), however they lay."""
UNSEEN = 150.0
"""Where edges are not seen, what lies so badly flat may be bent."""
ALL_MM = 1000.0
"""Nodes so far apart are none."""
NOTHING = 1e-7
"""What is kept this small does not exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Heights at nodes, the nadir, and the rest of turn and perspective.

    ``heights``, shape (down, across), the first node at ``first_mm`` (across, down);
    ``middle_mm`` and ``size_mm``: the page's middle and length; ``nadir``: from there, in lengths
    of the page; ``view``: turn (radian) and change of scale across and down (share a mm).
    ``bent``: False where the page lies flat and only the view was bettered.
    """

    heights: Array
    first_mm: tuple[float, float]
    node_mm: float
    middle_mm: tuple[float, float]
    size_mm: float
    nadir: tuple[float, float]
    view: tuple[float, float, float]
    bent: bool

    def moved(self, across_mm: Array, down_mm: Array) -> tuple[Array, Array]:
        """How far points of the sheet lie from where they were printed (across, down; mm)."""
        net = Net(self.first_mm, self.heights.shape, self.node_mm)
        height = net.at(across_mm, down_mm) @ self.heights.ravel()
        x, y = across_mm - self.middle_mm[0], down_mm - self.middle_mm[1]
        turn, tilt_x, tilt_y = self.view
        tilt = tilt_x * x + tilt_y * y
        return (
            height * (self.nadir[0] - x / self.size_mm) - turn * y + tilt * x,
            height * (self.nadir[1] - y / self.size_mm) + turn * x + tilt * y,
        )


def find_relief(marks: Landmarks) -> Relief:
    """The relief that explains the landmarks best.

    A page is taken to lie flat, and to be seen without perspective, unless that explains much less.
    From several directions of the nadir the heights are fitted, which is a linear problem; from
    the best of them both are improved together (Gauss-Newton steps, outliers held down).
    """
    flat = _flat(marks)
    if not _may_bend(marks, flat):
        return flat.relief
    coarse = _Problem.of(marks, COARSE_MM, HEIGHT, TILT_PER_MM)
    tried = []
    for angle in 2 * np.pi * np.arange(STARTS) / STARTS:
        nadir = OFF * np.array([np.cos(angle), np.sin(angle)])
        tried.append(coarse.fit(nadir, None, STEPS_FIRST, fixed=True))
    tried.sort(key=lambda fit: fit.cost)
    better = [coarse.fit(f.nadir, f, STEPS, fixed=False) for f in tried[:KEPT]]
    best = min(better, key=lambda fit: fit.cost)
    if flat.cost - best.cost < BENT:
        return flat.relief
    fine = _Problem.of(marks, NODE_MM, HEIGHT, TILT_PER_MM)
    first = fine.fit(best.nadir, None, STEPS_FIRST, fixed=True)
    return fine.relief(fine.fit(first.nadir, first, STEPS_LAST, fixed=False), bent=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """How a page lies if it is flat, what it costs to say so, and what each edge's mark of it."""

    relief: Relief
    cost: float
    edge_cost: float


def _flat(marks: Landmarks) -> _Flat:
    """The turn, and perspective where that explains the landmarks much better."""
    start, found = np.array([OFF, 0.0]), []
    for tilt in (NOTHING, TILT_PER_MM):
        problem = _Problem.of(marks, ALL_MM, NOTHING, tilt)
        fit = problem.fit(start, None, STEPS, fixed=True)
        edges = np.isin(np.arange(len(fit.miss_mm)), problem.seen.edges)
        miss = (fit.miss_mm / problem.seen.error_mm)[edges]
        edge = float(_soft_cost(miss).mean()) if miss.size else np.nan
        found.append(_Flat(problem.relief(fit, bent=False), fit.cost, edge))
    turn, tilted = found
    if turn.cost - tilted.cost < TILTED:
        return replace(turn, cost=min(turn.cost, tilted.cost))
    return tilted


def _may_bend(marks: Landmarks, flat: _Flat) -> bool:
    """Whether it is worth asking if the page is bent.

    The paper's edges say so where they are seen: they were cut straight.
    """
    if len(marks.edges.row) >= LEAST_EDGES:
        steep = float(np.hypot(*flat.relief.view[1:])) > STEEP_PER_MM
        return _bow_mm(marks) > BOWED_MM if steep else flat.edge_cost > STRAIGHT
    return marks.turned and flat.cost > UNSEEN


def _bow_mm(marks: Landmarks) -> float:
    """How far the most bowed of the paper's edges lies from a straight line (root mean square)."""
    edges, bows = marks.edges, [0.0]
    for side in np.unique(edges.row):
        mine = edges.row == side
        places = np.stack([edges.across_mm[mine], edges.down_mm[mine]], axis=1)
        spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
        bows.append(float(spread[-1] / np.sqrt(len(places))))
    return max(bows)


def _soft_cost(miss: Array) -> Array:
    """What misses cost, given in their standard deviations."""
    return np.asarray(SOFT**2 * np.log1p((miss / SOFT) ** 2))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Values of the unknowns, where the nadir is, how badly all fits, and by how much each."""

    values: Array
    nadir: Array
    cost: float
    miss_mm: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The least-squares problem.

    Unknown are the heights at the nodes, three values of the view, and what each owner's places
    share: where each lead's row is level, where each beat and each edge of the paper stands, and
    how late each lead's beats are. ``net``: weights of the nodes at what was seen; ``rest``: those
    of the other unknowns.
    """

    mesh: Net
    middle_mm: tuple[float, float]
    size_mm: float
    seen: Seen
    net: sparse.csr_matrix
    rest: sparse.csr_matrix
    prior: sparse.csr_matrix
    bends: sparse.csr_matrix

    @classmethod
    def of(cls, marks: Landmarks, node_mm: float, height: float, tilt: float) -> _Problem:
        """The problem of a sheet's landmarks, with nodes so far apart, and how large heights and
        perspective usually are."""
        left, top, right, bottom = marks.box_mm
        middle, size = ((left + right) / 2, (top + bottom) / 2), max(right - left, bottom - top)
        seen = find_seen(marks)
        low = [min(a, float(v.min())) - AROUND_MM
               for a, v in ((left, seen.across_mm), (top, seen.down_mm))]  # fmt: skip
        high = [max(a, float(v.max())) + AROUND_MM
                for a, v in ((right, seen.across_mm), (bottom, seen.down_mm))]  # fmt: skip
        columns, rows = (
            int(np.ceil((b - a) / node_mm)) + 1 for a, b in zip(low, high, strict=True)
        )
        mesh = Net((low[0], low[1]), (rows, columns), node_mm)
        x, y = seen.across_mm - middle[0], seen.down_mm - middle[1]
        at = np.arange(len(x))
        rest = sparse.lil_matrix((len(x), 3 + seen.unknown))
        rest[at, 0] = np.where(seen.down, x, -y) * seen.placed
        rest[at, 1] = np.where(seen.down, x * y, x**2) * seen.placed
        rest[at, 2] = np.where(seen.down, y**2, x * y) * seen.placed
        rest[at, 3 + seen.owner] = -1.0
        for other, sign in ((seen.late, -1.0), (seen.from_, 1.0)):
            has = other >= 0
            rest[at[has], 3 + other[has]] = sign
        prior = find_prior(rows * columns, marks, seen.unknown, height, tilt)
        bend = mesh.bends() / (BEND_PER_MM * node_mm)
        bends = sparse.hstack([bend, sparse.csr_matrix((bend.shape[0], rest.shape[1]))]).tocsr()
        net = sparse.diags(seen.placed.astype(float)) @ mesh.at(seen.across_mm, seen.down_mm)
        return cls(mesh, middle, size, seen, net.tocsr(), rest.tocsr(), prior, bends)

    def lever(self, nadir: Array) -> Array:
        """By how much a height of one moves what was seen."""
        x = self.seen.across_mm - self.middle_mm[0]
        y = self.seen.down_mm - self.middle_mm[1]
        lever = np.where(self.seen.down, nadir[1] - y / self.size_mm, nadir[0] - x / self.size_mm)
        return np.asarray(lever, np.float64)

    def misses(self, values: Array, nadir: Array) -> Array:
        """By how much, in mm, what was seen lies from where its owner says."""
        nodes = self.net.shape[1]
        place = self.seen.place_mm
        moved = self.lever(nadir) * (self.net @ values[:nodes])
        return np.asarray(place + moved + self.rest @ values[nodes:])

    def fit(self, nadir: Array, start: _Fit | None, steps: int, fixed: bool) -> _Fit:
        """Heights and all else for a nadir, which moves too unless it is ``fixed``."""
        nodes, unknown = self.net.shape[1], self.net.shape[1] + self.rest.shape[1]
        values = np.zeros(unknown) if start is None else start.values
        known = start is not None
        place = self.seen.place_mm
        for _ in range(steps):
            miss = self.misses(values, nadir) / self.seen.error_mm
            soft = 1 / (1 + (miss / SOFT) ** 2) if known else np.ones(len(miss))
            give = 1 / (1 + (self.bends @ values) ** 2 / SOFT)
            scale = np.sqrt(soft) / self.seen.error_mm
            moves = known and not fixed
            extra = np.zeros((len(miss), 2))
            if moves:
                extra[np.arange(len(miss)), self.seen.down.astype(int)] = self.net @ values[:nodes]
            design = sparse.hstack(
                [sparse.diags(self.lever(nadir)) @ self.net, self.rest, sparse.csr_matrix(extra)]
            )
            stacked = sparse.vstack(
                [sparse.diags(scale) @ design, _wider(self.prior),
                 sparse.diags(np.sqrt(give)) @ _wider(self.bends)]
            ).tocsr()  # fmt: skip
            target = np.concatenate(
                [-scale * place, np.zeros(self.prior.shape[0] + self.bends.shape[0])]
            )
            square, right = (stacked.T @ stacked).toarray(), stacked.T @ target
            far = float(np.hypot(*nadir))
            pull = nadir / max(far, 1e-6)
            square[-2:, -2:] += np.outer(pull, pull) / OFF_SPREAD**2
            square[-2:, -2:] += np.eye(2) / LONGEST_STEP**2
            right[-2:] += pull * (OFF - far) / OFF_SPREAD**2
            square[np.diag_indices(len(square))] += 1e-9
            found = np.linalg.solve(square, right)
            values, known = found[:-2], True
            if moves:
                nadir = nadir + np.clip(found[-2:], -LONGEST_STEP, LONGEST_STEP)
        miss = self.misses(values, nadir)
        bend = self.bends @ values
        cost = (
            _soft_cost(miss / self.seen.error_mm).sum()
            + (SOFT * np.log1p(bend**2 / SOFT)).sum()
            + ((self.prior @ values) ** 2).sum()
            + ((np.hypot(*nadir) - OFF) / OFF_SPREAD) ** 2
        )
        return _Fit(values, nadir, float(cost), miss)

    def relief(self, fit: _Fit, bent: bool) -> Relief:
        """What was found."""
        nodes = self.net.shape[1]
        turn, across, down = fit.values[nodes : nodes + 3]
        return Relief(
            heights=fit.values[:nodes].reshape(self.mesh.shape),
            first_mm=self.mesh.first_mm,
            node_mm=self.mesh.node_mm,
            middle_mm=self.middle_mm,
            size_mm=self.size_mm,
            nadir=(float(fit.nadir[0]), float(fit.nadir[1])),
            view=(float(turn), float(across), float(down)),
            bent=bent,
        )


def _wider(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Two more unknowns of which a matrix says nothing."""
    return sparse.hstack([matrix, sparse.csr_matrix((matrix.shape[0], 2))]).tocsr()
