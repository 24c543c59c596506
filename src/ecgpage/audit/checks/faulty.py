"""What the checks on single pages share."""

from __future__ import annotations

from collections.abc import Callable

from ecgpage.audit.traits import PageTraits
from ecgpage.audit.view import View
from ecgpage.values import Finding


def has_fault(*codes: str) -> Callable[[PageTraits], bool]:
    """Whether the reader holds one of these codes against the page."""
    return lambda page: any(fault.code in codes for fault in page.faults)


def one_finding(
    view: View, check: str, wrong: Callable[[PageTraits], bool], meaning: str
) -> list[Finding]:
    """One finding that names all pages with a fault; none where there is no such page."""
    keys = tuple(key for key, page in view.traits.items() if wrong(page))
    if not keys:
        return []
    count = "1 page" if len(keys) == 1 else f"{len(keys)} pages"
    return [Finding(check, "warning", keys, f"{count} {meaning}", figure=float(len(keys)))]
