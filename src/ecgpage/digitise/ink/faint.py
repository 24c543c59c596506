"""Lines that hardly count as ink beside something far darker: a page whose strokes are bold.

Full ink is what the darkest pixels of a page reach. Where these are bold strokes between columns or
bold print, a thin line that camera and bends have blurred reaches less than half of it, and breaks
into pieces at the least unevenness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.ink.pen import Ink

USUAL_HEIGHT = 0.8
"""Coverage that the middle of a line usually reaches: 0.75 to 1 on development pages."""
FAINT = 0.65
"""Lines whose middle reaches less in the median are faint beside full ink."""
MOST_TIMES = 2.5


def times_fainter(cover: NDArray[np.float32], lines: Sequence[NDArray[np.float64]]) -> float:
    """By how much lines are fainter than usual; 1 where they are not.

    ``lines``: the row (pixels) of each line's middle in each column, NaN where it has none.
    """
    middles = [_middle(cover, line) for line in lines]
    if not sum(map(len, middles)):
        return 1.0
    usual = float(np.median(np.concatenate(middles)))
    return 1.0 if usual >= FAINT else min(USUAL_HEIGHT / max(usual, 1e-3), MOST_TIMES)


def _middle(cover: NDArray[np.float32], line: NDArray[np.float64]) -> NDArray[np.float32]:
    """The highest coverage within a pixel of a line, in each column where it runs."""
    column = np.flatnonzero(np.isfinite(line))
    at = np.clip(np.round(line[column]).astype(np.intp), 1, len(cover) - 2)
    return np.asarray(np.max([cover[at + k, column] for k in (-1, 0, 1)], axis=0))


def raised(ink: Ink, times: float) -> Ink:
    """The ink with all coverage raised; what its print is stays as it was."""
    cover = _raised(ink.cover, times)
    return replace(
        ink,
        cover=cover,
        strokes=cover if ink.strokes is ink.cover else _raised(ink.strokes, times),
        ink_level=ink.grid_level + (ink.ink_level - ink.grid_level) / times,
    )


def _raised(cover: NDArray[np.float32], times: float) -> NDArray[np.float32]:
    return np.asarray(np.minimum(cover * np.float32(times), 1.0), np.float32)
