"""Pages printed without a grid: the file's resolution gives the scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.sheet import Sheet
from ecgpage.values import Page

DPI = (90.0, 1200.0)
"""Resolutions that a file states on purpose; 72 and below is what programs write unasked."""
MM_PER_INCH = 25.4


def sheet_without_grid(page: Page, image: NDArray[np.uint8], reduced: float) -> Sheet | None:
    """The page as its own sheet; None where its file states no resolution."""
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1]:
        return None
    scale = page.dpi / MM_PER_INCH / reduced
    return Sheet(image=image, px_per_mm=(scale, scale), reduced=reduced)
