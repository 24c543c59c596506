"""What makes a page that reads useless all the same."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.read.faults import refusal
from ecgpage.values import Page, Refusal

_SMALLEST_PX = 100
"""12 leads in 3 rows leave 33 pixels a lead at 100 rows: 10 mm/mV are then about 1 px/mm."""

_INK_SHARE = 1e-4
"""A page with fewer pixels than this share off its paper's level carries no trace: one line of
one pixel's height across a page of 1000 rows is a share of 1e-3."""

_INK_STEP = 24
"""Grey levels (of 255) off the paper's level that count as ink; scanners' noise stays below."""

_BLACK = 16


def problems(page: Page) -> tuple[Refusal, ...]:
    """Everything that is wrong with a page that could be read; empty where nothing is.

    Codes: ``tiny-page``, ``blank-page``, ``black-page``, ``one-colour-page``,
    ``page-incomplete``.
    """
    found = []
    rows, columns = page.image.shape[:2]
    if min(rows, columns) < _SMALLEST_PX:
        found.append(refusal(page.name, "tiny-page", f"{rows} x {columns} pixels"))
    level, share = _paper_and_ink(page)
    if share < _INK_SHARE:
        code = (
            "black-page" if level < _BLACK else "blank-page" if level > 200 else "one-colour-page"
        )
        found.append(refusal(page.name, code, f"grey {level} with {share:.4%} of pixels off it"))
    if "truncated" in page.metadata:
        found.append(refusal(page.name, "page-incomplete", page.metadata["truncated"]))
    return tuple(found)


def _paper_and_ink(page: Page) -> tuple[int, float]:
    """The commonest level of each channel, averaged, and the share of pixels well off it."""
    levels, most = [], 0
    for channel in cv2.split(page.image):
        level = int(cv2.calcHist([channel], [0], None, [256], [0, 256]).argmax())
        away = cv2.absdiff(channel, np.full_like(channel, level))
        most = max(most, int(np.count_nonzero(away > _INK_STEP)))
        levels.append(level)
    rows, columns = page.image.shape[:2]
    return round(sum(levels) / 3), most / (rows * columns)
