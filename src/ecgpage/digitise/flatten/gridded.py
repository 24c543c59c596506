"""Where a flat sheet shows its grid, cell by cell: on a stain it does, on the table it does not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

BESIDE_MM = 0.5
"""A line of the grid is darker than the paper so far to both sides of it."""
CAP = 3.0
"""What is darker than so many usual lines is ink and counts as no more."""
SHOWN = 0.4
"""Share of the usual darkness of both families of lines from which on a cell shows the grid."""


def gridded(image: NDArray[np.uint8], px_per_mm: float, core: Mask) -> Mask:
    """Cells of 5 mm, (down, across), in which lines are seen on the cells' edges.

    ``image``: a sheet whose grid lies on the edges of cells; ``core``: cells that surely show it.
    A stain lets the same share of light through beside a line and on it.
    """
    rows, columns = core.shape
    if not core.any():
        return np.zeros_like(core)
    red, green, blue = cv2.split(image)
    darkness = -np.log(np.maximum(np.arange(256), 8).astype(np.float32))
    dark = np.asarray(cv2.LUT(cv2.min(cv2.min(red, green), blue), darkness), np.float32)
    cell = dark.shape[1] / columns
    across = _lines(dark, rows, columns, cell, BESIDE_MM * px_per_mm)
    down = _lines(np.ascontiguousarray(dark.T), columns, rows, cell, BESIDE_MM * px_per_mm).T
    seen = []
    for family in (across, down):
        usual = float(np.median(family[core]))
        if usual <= 0:
            return np.zeros_like(core)
        capped = np.clip(family / usual, -CAP, CAP).astype(np.float32)
        seen.append(cv2.blur(np.ascontiguousarray(capped), (3, 3)))
    return np.asarray(np.minimum(*seen) > SHOWN)


def _lines(dark: Image, rows: int, columns: int, cell: float, beside: float) -> Image:
    """How much darker the upright edges of each cell are than the paper beside them."""
    bands = cv2.resize(dark, (dark.shape[1], rows), interpolation=cv2.INTER_AREA)
    at = np.arange(columns + 1, dtype=np.float64) * cell

    def along(aside: float) -> Image:
        x, y = np.meshgrid(at + aside, np.arange(rows), indexing="xy")
        return np.asarray(
            cv2.remap(
                bands, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )  # fmt: skip

    edge = along(0.0) - (along(-beside) + along(beside)) / 2
    return np.asarray((edge[:, :-1] + edge[:, 1:]) / 2, np.float32)
