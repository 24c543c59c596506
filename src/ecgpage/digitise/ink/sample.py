"""A few pieces of a picture, side by side: enough to ask what it is like all over."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

PLACES = ((0.05, 0.3), (0.3, 0.75), (0.55, 0.05), (0.75, 0.5))
"""Upper left corners of the pieces, as shares of height and width."""
HIGH, WIDE = 0.22, 0.2
"""What each piece is of the picture's height and width: 18 % of it together."""

T = TypeVar("T", bound=np.generic)


def pieces_of(image: NDArray[T]) -> NDArray[T]:
    """The same pieces of any picture of a page, shape (rows, columns[, channel])."""
    rows, columns = image.shape[:2]
    high, wide = max(1, int(HIGH * rows)), max(1, int(WIDE * columns))
    cut = []
    for down, across in PLACES:
        y, x = int(down * rows), int(across * columns)
        cut.append(image[y : y + high, x : x + wide])
    return np.concatenate(cut, axis=1)
