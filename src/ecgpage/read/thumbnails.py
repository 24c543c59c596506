"""A page made small."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Page


def thumbnail(page: Page, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The page's image reduced to fit into ``size`` (rows, columns), never enlarged.

    Each pixel is the mean of the area that it covers, so that a thin trace pales and does not
    break.

    Returns
    -------
    ndarray, shape (rows, columns, 3), uint8
    """
    rows, columns = page.image.shape[:2]
    factor = min(size[0] / rows, size[1] / columns, 1.0)
    if factor == 1.0:
        return page.image
    wanted = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    return np.asarray(cv2.resize(page.image, wanted, interpolation=cv2.INTER_AREA), np.uint8)
