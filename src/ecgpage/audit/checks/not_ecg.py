"""Pages that do not look like an electrocardiogram."""

from __future__ import annotations

from ecgpage.audit.checks.faulty import one_finding
from ecgpage.audit.checks.tiny import is_tiny
from ecgpage.audit.traits import PageTraits
from ecgpage.audit.twins import LEAST_CONTRAST
from ecgpage.audit.view import View
from ecgpage.values import Finding

LEAST_TRACE = 0.6
"""Pieces of trace, added up, as a share of the page's width."""

LEAST_GRID = 0.45
"""Strength of the grid's repeat where no piece of trace stands out from it."""


def looks_like_ecg(page: PageTraits) -> bool:
    """Whether something runs across the page like a trace, or a grid repeats.

    Measured: all of 49 mixed ECG pictures, 376 hospital pages, 90 rendered pages, 12 photos
    and 15 vector reports do; two photographs, noise, a gradient and a page of text do not.
    """
    return page.trace_share >= LEAST_TRACE or page.grid_strength >= LEAST_GRID


def check_not_ecg(view: View) -> list[Finding]:
    """Printed pages with neither trace nor grid; on tiny ones neither can be told."""
    return one_finding(
        view,
        "not-ecg",
        lambda page: (
            page.contrast >= LEAST_CONTRAST and not is_tiny(page) and not looks_like_ecg(page)
        ),
        "with neither a trace nor a grid: probably no electrocardiogram. Look at it, and take it "
        "out of the data set if so.",
    )
