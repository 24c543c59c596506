"""The page as a flat sheet with a known scale, and the way back to the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.flatten.nodes import at_points

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A rectified page.

    Attributes
    ----------
    image:
        ndarray, shape (rows, columns, 3), uint8, RGB.
    px_per_mm:
        (down, across): pixels in a millimetre, down the sheet and across it.
    nodes_px:
        Places on the page, (row, column), of sheet pixels ``(i * step, j * step)``; None where
        the sheet is the page itself.
    step_px:
        Distance of the nodes.
    grid:
        True where the grid was seen, at the nodes; None where it was seen everywhere.
    paper:
        True on paper, False on the table around it, one value a millimetre; None where all is.
    rotation_deg, bend_mm:
        How far the page was turned (clockwise positive), and the largest displacement from a
        flat page (0.95 quantile).
    reduced:
        Size reduction that was applied to the page first (1 for none).
    cells, clear:
        How many squares of 5 mm the largest patch of grid has, and in which share of them both
        families of lines stood out.
    consistent:
        False where parts of the page say that it is flat and the whole that it is not.
    """

    image: NDArray[np.uint8]
    px_per_mm: tuple[float, float]
    nodes_px: NDArray[np.float32] | None = None
    step_px: int = 1
    grid: NDArray[np.bool_] | None = None
    paper: NDArray[np.bool_] | None = None
    rotation_deg: float = 0.0
    bend_mm: float = 0.0
    reduced: float = 1.0
    cells: int = 0
    clear: float = 1.0
    consistent: bool = True

    def to_page(self, points_px: Array) -> Array:
        """Points of the sheet, (n, 2) as (row, column), in pixels of the page as it was given."""
        points = np.asarray(points_px, np.float64)
        if self.nodes_px is not None and len(points):
            points = at_points(self.nodes_px, points / self.step_px)
        return points * self.reduced + (self.reduced - 1) / 2
