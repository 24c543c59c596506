"""From a PDF page's coordinates to the pixels of its drawn image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def multiply(first: Matrix, second: Matrix) -> Matrix:
    """The PDF matrix that applies ``first`` and then ``second`` (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (
        a * p + b * r, a * q + b * s,
        c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """The map from points (1/72 inch, origin lower left, y up) to pixels (row, column).

    ``matrix`` takes (x, y) in points to (column, row) with the centre of the top-left pixel at
    (0, 0); ``px_per_pt`` is the mean of both axes' scales (they differ by less than one pixel
    over the page, because an image has whole pixels).
    """

    matrix: Matrix
    px_per_pt: float

    @classmethod
    def of(
        cls, box: tuple[float, float, float, float], rotation: int, rows: int, columns: int
    ) -> PageGeometry:
        """Geometry of a page whose visible box (left, bottom, right, top) fills the image.

        ``rotation`` is the page's own, 0, 90, 180 or 270 degrees clockwise.
        """
        left, bottom, right, top = box
        width, height = right - left, top - bottom
        turned: Matrix = {
            0: (1.0, 0.0, 0.0, -1.0, -left, top),
            90: (0.0, 1.0, 1.0, 0.0, -bottom, -left),
            180: (-1.0, 0.0, 0.0, 1.0, right, -bottom),
            270: (0.0, -1.0, -1.0, 0.0, top, right),
        }[rotation]
        if rotation in (90, 270):
            width, height = height, width
        per_column, per_row = columns / width, rows / height
        scaled = multiply(turned, (per_column, 0.0, 0.0, per_row, -0.5, -0.5))
        return cls(scaled, (per_column + per_row) / 2)

    def to_pixels(self, points_pt: NDArray[np.float64], within: Matrix) -> NDArray[np.float64]:
        """Map points, shape (n, 2) as (x, y), drawn under a matrix, to (row, column)."""
        a, b, c, d, e, f = multiply(within, self.matrix)
        x, y = points_pt[:, 0], points_pt[:, 1]
        return np.stack((b * x + d * y + f, a * x + c * y + e), axis=1)

    def width_px(self, width_pt: float, within: Matrix) -> float:
        """Line width in pixels under a matrix; PDF's width 0 is the thinnest line, one pixel."""
        a, b, c, d = within[:4]
        return max(width_pt * abs(a * d - b * c) ** 0.5 * self.px_per_pt, 0.0) or 1.0
