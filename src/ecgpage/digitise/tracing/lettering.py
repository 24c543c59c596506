"""Take printed words that were read out of the ink, so that no trace is led through them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.components import find_components
from ecgpage.digitise.tracing.runs import Runs
from ecgpage.digitise.words.printed import Word

READ = 0.5
"""Words read less surely than this stay: they may be trace."""
HALF_HEIGHT_MM = 3.2
LETTER_MM = 1.6
"""Half a letter's width, generously: lead names are printed up to 4 mm high."""


def without_words(
    cover: NDArray[np.float32], words: Sequence[Word], px_per_mm: tuple[float, float],
    in_place: bool = False,
) -> NDArray[np.float32]:  # fmt: skip
    """Cover without the blobs that lie wholly inside a word's place; what touches a trace stays.

    ``in_place``: the cover itself is written to, for it is needed no more.
    """
    sure = [w for w in words if w.score >= READ]
    if not sure:
        return cover
    out = cover
    for word in sure:
        high = HALF_HEIGHT_MM * px_per_mm[0]
        wide = LETTER_MM * (len(word.text) + 1) * px_per_mm[1]
        place = (word.row_px - high, word.row_px + high, word.column_px - wide,
                 word.column_px + wide)  # fmt: skip
        if in_place:
            cover = out
        out = _without_blobs_inside(cover, out, place, in_place)
    return out


def _without_blobs_inside(
    cover: NDArray[np.float32],
    out: NDArray[np.float32],
    place: tuple[float, float, float, float],
    in_place: bool,
) -> NDArray[np.float32]:
    """``out`` without the blobs of ``cover`` inside a place (top, bottom, left, right).

    What goes on beyond the place is no such blob; one pixel around shows whether it does.
    """
    top, bottom, left, right = place
    first, begin = max(0, int(np.floor(top)) - 1), max(0, int(np.floor(left)) - 1)
    last, end = max(0, int(np.ceil(bottom)) + 1), max(0, int(np.ceil(right)) + 1)
    part = cover[first:last, begin:end]
    if not part.size:
        return out
    mask = (part > 0.2).view(np.uint8)
    label, stats = find_components(mask)
    upper, lefts = first + stats[:, cv2.CC_STAT_TOP], begin + stats[:, cv2.CC_STAT_LEFT]
    gone = (upper >= top) & (upper + stats[:, cv2.CC_STAT_HEIGHT] <= bottom)
    gone &= (lefts >= left) & (lefts + stats[:, cv2.CC_STAT_WIDTH] <= right)
    gone[0] = False
    if not gone.any():
        return out
    if out is cover and not in_place:
        out = cover.copy()
    out[first:last, begin:end][gone[label]] = 0.0
    return out


def in_words(
    runs: Runs, words: Sequence[Word], px_per_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Which runs lie wholly in a word's place: letters that touch a trace, or its level parts."""
    out = np.zeros(len(runs.column), bool)
    high = HALF_HEIGHT_MM * px_per_mm[0]
    for word in words:
        if word.score >= READ:
            wide = LETTER_MM * (len(word.text) + 1) / 2 * px_per_mm[1]
            out |= (
                (runs.top >= word.row_px - high) & (runs.bottom <= word.row_px + high)
                & (np.abs(runs.column - word.column_px) <= wide)
            )  # fmt: skip
    return out
