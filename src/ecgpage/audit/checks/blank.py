"""Pages with nothing on them."""

from __future__ import annotations

from ecgpage.audit.checks.faulty import has_fault, one_finding
from ecgpage.audit.twins import LEAST_CONTRAST
from ecgpage.audit.view import View
from ecgpage.values import Finding

_CODES = ("blank-page", "black-page", "one-colour-page")


def check_blank(view: View) -> list[Finding]:
    """Pages that the reader calls blank, or that span fewer grey levels than any print."""
    faulty = has_fault(*_CODES)
    return one_finding(
        view,
        "blank",
        lambda page: faulty(page) or page.contrast < LEAST_CONTRAST,
        "with (almost) nothing printed: a model can only learn the label by heart from it.",
    )
