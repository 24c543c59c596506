"""Take the grid's colour out of the darkness of a page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.percentile import medians

Image = NDArray[np.float32]
COLOURED_SHARE = 0.01
"""Share of pixels that must be coloured before a grid colour is believed."""


def without_colour(channels: Sequence[Image], colour: NDArray[np.float64] | None) -> Image:
    """Darkness of the ink alone, from the darkness in red, green and blue.

    A pixel is as dark as the least dark of its channels: coloured grids are bright in at least
    one, black ink in none. Where the grid has one colour (:func:`grid_colour`), each pixel is also
    split into a part of ink (grey) and a part of grid (that colour), and the smaller answer is
    taken.
    """
    red, green, blue = channels
    least = np.asarray(cv2.min(cv2.min(red, green), blue), np.float32)
    if colour is None:
        return least
    grey = np.ones(3) / np.sqrt(3.0)
    cos = float(grey @ colour)
    part = [float(w) for w in (grey - cos * colour) / (1.0 - cos**2) / np.sqrt(3.0)]
    ink = cv2.scaleAdd(blue, part[2], cv2.addWeighted(red, part[0], green, part[1], 0.0))
    np.minimum(least, ink, out=least)
    return np.clip(least, 0.0, 1.0, out=least)


def grid_colour(
    channels: Sequence[Image], inside: NDArray[np.bool_] | None
) -> NDArray[np.float64] | None:
    """Unit vector of the grid's darkness in red, green, blue; None for a grey grid.

    ``channels``: of a sample of the page; ``inside``: which of its pixels lie on paper.
    """
    flat = np.stack([c.ravel() for c in channels])
    low = np.minimum(np.minimum(flat[0], flat[1]), flat[2])
    most = np.maximum(np.maximum(flat[0], flat[1]), flat[2])
    pick = (most > 0.12) & (low < 0.65 * most)
    if inside is not None:
        pick &= inside.ravel()
    if pick.mean() < COLOURED_SHARE:
        return None
    unit = flat[:, pick]
    unit /= np.sqrt((unit**2).sum(axis=0))
    middle = medians(unit.copy()).astype(np.float64)
    middle /= np.linalg.norm(middle)
    cos = sum(part * colour for part, colour in zip(middle.tolist(), unit, strict=True))
    if float((cos > 0.9).mean()) < 0.6 or middle.sum() / np.sqrt(3.0) > 0.96:
        return None
    return np.asarray(middle)
