"""Pages without a label."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_unlabelled(view: View) -> Iterator[Finding]:
    """One finding that names all pages without a label, where others have one."""
    keys = tuple(item.key for item in view.dataset if item.label is None)
    if keys and len(keys) < len(view.dataset):
        yield Finding(
            check="unlabelled",
            severity="note",
            keys=keys,
            statement=f"{len(keys)} of {len(view.dataset)} pages have no label; they can be "
            "neither trained on nor evaluated on.",
            figure=float(len(keys)),
        )
