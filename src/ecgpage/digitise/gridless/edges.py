"""The paper's four edges against the table, to a tenth of a millimetre: cut straight, seen bent."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.paper import alike

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

TOP, LEFT, BOTTOM, RIGHT = range(4)
EVERY_MM = 4.0
ACROSS_MM, STEP_MM = 4.0, 0.1
"""An edge is looked for so far to both sides of where the paper's colour ends, in such steps ..."""
BESIDE_MM = 1.0
"""... on the mean over so much of it to both sides."""
PLAIN_MM = 1.2
"""From so far on paper and table have their own colour."""
CONTRAST = 0.25
"""Natural logarithm by which their colours differ at least."""
FAR_MM = 1.5
"""What lies so far from its neighbours' median is another thing than the edge."""
CORNER_MM = 8.0
NEIGHBOURS = 7
LEAST = 8
"""An edge of which fewer points are seen is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Points of the paper's edges: which edge, and (row, column) in pixels of the picture."""

    side: Index
    places_px: Array


def paper_edges(image: NDArray[np.uint8], px_per_mm: float, core: Mask) -> Edges:
    """Edges of the paper in a picture.

    ``core``: what surely is paper, one value for each millimetre of the picture.
    """
    paper = alike(image, px_per_mm, core)
    paper = _one(paper, core)
    log = np.log(np.maximum(cv2.GaussianBlur(image, (0, 0), 0.7), 8).astype(np.float32))
    sides, places = [], []
    for side in (TOP, LEFT, BOTTOM, RIGHT):
        found = _side(log, paper, px_per_mm, side)
        sides.append(np.full(len(found), side, np.int64))
        places.append(found)
    return Edges(np.concatenate(sides), np.concatenate(places))


def _one(paper: Mask, core: Mask) -> Mask:
    """The piece of paper that the core lies on, its slits and spots closed."""
    closed = cv2.morphologyEx(paper.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, label = cv2.connectedComponents(np.asarray(closed, np.uint8), connectivity=4)
    inside = label[core & (label > 0)]
    if not inside.size:
        return paper
    return np.asarray(label == np.bincount(inside).argmax())


def _side(log: NDArray[np.float32], paper: Mask, px_per_mm: float, side: int) -> Array:
    """Points (row, column) in pixels of one edge."""
    turned = side in (LEFT, RIGHT)
    flipped = side in (BOTTOM, RIGHT)
    mask = paper.T if turned else paper
    picture = log.transpose(1, 0, 2) if turned else log
    if flipped:
        mask, picture = mask[::-1], picture[::-1]
    first = np.where(mask.any(axis=0), mask.argmax(axis=0), -1)
    along = np.flatnonzero(first >= 0)
    if len(along) < 2 * CORNER_MM:
        return np.zeros((0, 2))
    along = along[(along > along[0] + CORNER_MM) & (along < along[-1] - CORNER_MM)]
    found = []
    for at in along[:: round(EVERY_MM)]:
        depth = _depth(picture, float(first[at]), at + 0.5, px_per_mm)
        if depth is not None:
            found.append((depth, (at + 0.5) * px_per_mm - 0.5))
    if len(found) < LEAST:
        return np.zeros((0, 2))
    table = np.array(found)
    table = table[_smooth(table[:, 0], table[:, 1], FAR_MM * px_per_mm)]
    if flipped:
        table[:, 0] = picture.shape[0] - 1 - table[:, 0]
    return table[:, ::-1] if turned else table


def _depth(
    picture: NDArray[np.float32], start_mm: float, along_mm: float, px_per_mm: float
) -> float | None:
    """Pixel row at which the paper begins, near where its colour was seen to; None if unclear."""
    depth = (start_mm - 1.0 + np.arange(-ACROSS_MM, ACROSS_MM, STEP_MM)) * px_per_mm - 0.5
    if depth[0] < 0 or depth[-1] > picture.shape[0] - 1:
        return None
    beside = np.arange(-BESIDE_MM, BESIDE_MM + 0.01, 0.25)
    column = (along_mm + beside) * px_per_mm - 0.5
    r, c = np.meshgrid(depth, column, indexing="ij")
    seen = cv2.remap(
        picture if picture.flags.c_contiguous else np.ascontiguousarray(picture[
            int(depth[0]) : int(depth[-1]) + 3]), c.astype(np.float32),
        (r - (0 if picture.flags.c_contiguous else int(depth[0]))).astype(np.float32),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    ).mean(axis=1)  # fmt: skip
    plain = round(PLAIN_MM / STEP_MM)
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(seen, axis=0)])
    at = np.arange(plain, len(seen) - plain)
    step = (sums[at + plain] - sums[at] - sums[at] + sums[at - plain]) / plain
    best = int(np.argmax((step**2).sum(axis=1)))
    apart = step[best]
    size = float(np.linalg.norm(apart))
    if size < CONTRAST or best in (0, len(at) - 1):
        return None
    # The half-way point between both colours around the greatest step.
    middle = at[best]
    low, high = middle - plain, middle + plain
    value = (seen[low:high] @ apart) / size
    outer, inner = float(value[: plain // 2].mean()), float(value[-(plain // 2) :].mean())
    level = (outer + inner) / 2
    cross = np.flatnonzero((value[:-1] < level) & (value[1:] >= level))
    if not cross.size:
        return None
    k = int(cross[np.argmin(np.abs(cross - plain))])
    part = (level - value[k]) / (value[k + 1] - value[k])
    return float(depth[low + k] + part * (depth[1] - depth[0]))


def _smooth(depth: Array, along: Array, far: float) -> Mask:
    """Points that lie where their neighbours do."""
    good = np.zeros(len(depth), bool)
    half = NEIGHBOURS // 2
    for k in range(len(depth)):
        a, b = max(0, k - half), min(len(depth), k + half + 1)
        x, y = along[a:b] - along[k], depth[a:b]
        slopes = np.diff(y) / np.maximum(np.diff(x), 1e-6)
        slope = float(np.median(slopes)) if slopes.size else 0.0
        good[k] = abs(depth[k] - float(np.median(y - slope * x))) < far
    return good
