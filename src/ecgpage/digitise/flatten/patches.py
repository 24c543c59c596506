"""Patches of grid on one piece of paper: where faded bands part them, the paper goes on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.paper import alike

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_SEEN = 0.15
"""Mean weight of a cell and its neighbours from which on it belongs to a patch."""
LEAST_CELLS = 12
"""A patch of fewer cells (3 cm^2), its rim not counted, is no grid of its own."""
ON_PAPER = 0.9
"""Share of a patch that has the paper's colour, and hangs together with the paper in it."""
CELL_MM = 5
WITHIN_CELLS = 2


def largest_patch(weight: Array) -> Mask:
    """Cells of the largest patch of grid: the paper without what looks like it elsewhere.

    ``weight`` (2, row, column): how clearly each family of lines was seen in each cell. Bridges of
    one or two cells do not connect.
    """
    seen, label = _labelled(weight)
    if not label.any():
        return seen
    return _grown(seen, label, 1 + int(np.argmax(np.bincount(label.ravel())[1:])))


def other_patches(weight: Array) -> list[Mask]:
    """Cells of each further patch that is large enough to be a grid."""
    seen, label = _labelled(weight)
    sizes = np.bincount(label.ravel())[1:]
    if len(sizes) < 2:
        return []
    first = int(np.argmax(sizes))
    return [
        _grown(seen, label, 1 + k)
        for k in range(len(sizes))
        if k != first and sizes[k] >= LEAST_CELLS
    ]


def joined(image: NDArray[np.uint8], px_per_mm: float, patch: Mask, others: list[Mask]) -> Mask:
    """The patch with the others that lie on the same paper.

    ``image``: the page flattened so that its cells are those of the patches.
    """
    core = cv2.erode(
        patch.astype(np.uint8), np.ones((2 * WITHIN_CELLS + 1,) * 2, np.uint8), borderValue=0
    )
    if not core.any():
        return patch
    size = (CELL_MM * patch.shape[1], CELL_MM * patch.shape[0])
    paper = alike(image, px_per_mm, cv2.resize(core, size, interpolation=cv2.INTER_NEAREST) > 0)
    share = cv2.resize(paper.astype(np.float32), patch.shape[::-1], interpolation=cv2.INTER_AREA)
    found = patch.copy()
    for other in others:
        if float(share[other].mean()) > ON_PAPER:
            found |= other
    return found


def _labelled(weight: Array) -> tuple[Mask, NDArray[np.int32]]:
    """Cells with a grid, and the patches of those that are surrounded by such."""
    seen = cv2.blur(np.minimum(weight[0], weight[1]), (3, 3)) > LEAST_SEEN
    core = cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, label = cv2.connectedComponents(core, connectivity=4)
    return seen, np.asarray(label, np.int32)


def _grown(seen: Mask, label: NDArray[np.int32], which: int) -> Mask:
    grown = cv2.dilate((label == which).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(seen & (grown > 0))
