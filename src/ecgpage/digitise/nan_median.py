"""Medians of what is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def nan_median(values: Array, axis: int) -> Array:
    """Median of what is not NaN along an axis; NaN, without a warning, where all is."""
    nothing = np.isnan(values)
    if not nothing.any():
        return np.asarray(np.median(values, axis=axis))
    unseen = nothing.all(axis=axis, keepdims=True)
    out = np.nanmedian(np.where(unseen, 0.0, values), axis=axis)
    return np.where(np.squeeze(unseen, axis), np.nan, out)
