"""Pages too small for a trace to survive."""

from __future__ import annotations

from ecgpage.audit.checks.faulty import one_finding
from ecgpage.audit.traits import PageTraits
from ecgpage.audit.view import View
from ecgpage.values import Finding

LEAST_WIDTH_PX, LEAST_HEIGHT_PX = 300, 150
"""Ten seconds at 25 mm/s are 250 mm: at 300 pixels a QRS complex of 80 ms is 2.4 pixels wide."""


def is_tiny(page: PageTraits) -> bool:
    """Whether the page is below 300 x 150 pixels."""
    return page.width_px < LEAST_WIDTH_PX or page.height_px < LEAST_HEIGHT_PX


def check_tiny(view: View) -> list[Finding]:
    """Pages below 300 x 150 pixels."""
    return one_finding(
        view,
        "tiny",
        is_tiny,
        f"smaller than {LEAST_WIDTH_PX} x {LEAST_HEIGHT_PX} pixels: on ten seconds of recording "
        "a QRS complex is then under three pixels wide, and what is left of a T wave is noise.",
    )
