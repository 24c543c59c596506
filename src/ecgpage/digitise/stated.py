"""What a file states about its resolution, held against a grid of a single period."""

from __future__ import annotations

from ecgpage.digitise.gridless import DPI, MM_PER_INCH
from ecgpage.digitise.sheet import Sheet
from ecgpage.values import Page

MISTAKEN = (0.2, 0.4, 0.5, 2.0, 2.5, 5.0)
"""By what factor a period may be mistaken for another: 1, 2, 2.5 and 5 mm."""
SAME_SCALE = 0.02


def mistaken_period(page: Page, sheet: Sheet) -> bool:
    """Whether a flat sheet's scale is just such a factor off what the file states."""
    if page.dpi is None or not DPI[0] <= page.dpi <= DPI[1] or sheet.nodes_px is not None:
        return False
    stated = page.dpi / MM_PER_INCH / sheet.reduced
    return all(
        min(abs(scale / stated / factor - 1) for factor in MISTAKEN) < SAME_SCALE
        for scale in sheet.px_per_mm
    )
