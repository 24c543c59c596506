"""One page as a picture, with what its file said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """A drawn polyline of a vector page.

    ``points_px`` has shape (n, 2), (row, column) in pixels of the page's image, float64;
    the centre of the top-left pixel is (0, 0).
    """

    points_px: NDArray[np.float64]
    width_px: float
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A word of a vector page, with its box (top, left, bottom, right) in pixels."""

    text: str
    box_px: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page as pixels.

    Attributes
    ----------
    image:
        ndarray, shape (rows, columns, 3), uint8, RGB, upright as the file's orientation
        tag says, transparency flattened on white.
    source:
        The file that it came from, as it was given.
    index:
        Number of the page within the file, from 0.
    format:
        Name of the file format, for example ``JPEG``.
    dpi:
        Dots per inch that the file states, or the resolution at which a PDF was rendered;
        None where the file does not say. Files often lie: the grid decides.
    metadata:
        What the file said beside its pixels; never location.
    strokes, texts:
        The lines and words of a vector page (PDF), empty for pictures.
    """

    image: NDArray[np.uint8]
    source: str
    index: int = 0
    format: str = ""
    dpi: float | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    strokes: tuple[Stroke, ...] = ()
    texts: tuple[PrintedText, ...] = ()

    @property
    def name(self) -> str:
        """Source and page number as one string: ``scan.pdf#2`` for the second page."""
        return self.source if self.index == 0 else f"{self.source}#{self.index + 1}"
