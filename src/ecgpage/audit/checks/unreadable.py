"""Pages that could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_unreadable(view: View) -> Iterator[Finding]:
    """One finding for each page that could not be read, with the reader's reason."""
    for key, refusal in view.refused.items():
        yield Finding(
            check="unreadable",
            severity="warning",
            keys=(key,),
            statement=f"This page cannot be read: {refusal.what}. {refusal.todo}",
            evidence=refusal.as_dict(),
        )
