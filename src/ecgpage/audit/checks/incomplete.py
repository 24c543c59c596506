"""Pages of which a part is missing."""

from __future__ import annotations

from ecgpage.audit.checks.faulty import has_fault, one_finding
from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_incomplete(view: View) -> list[Finding]:
    """Pages whose file ended early and which were read as far as they go."""
    return one_finding(
        view,
        "incomplete",
        has_fault("page-incomplete"),
        "of which the file ended early: the missing part is filled in by the reader.",
    )
