"""Copies with the same bytes or the same pixels."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_exact(view: View) -> Iterator[Finding]:
    """One finding for each set of pages with equal files or equal pixels."""
    for keys in _sets(view):
        files = {page.file.sha256 for key in keys if (page := view.traits[key]).file is not None}
        what = "the same file" if len(files) == 1 else "the same pixels in different files"
        yield Finding(
            check="exact-duplicates",
            severity="warning",
            keys=keys,
            statement=f"{len(keys)} pages are {what}: they count as one recording, and must stay "
            "on one side of a split.",
            figure=float(len(keys)),
            evidence={"labels": [view.label[key] for key in keys]},
        )


def _sets(view: View) -> Iterator[tuple[str, ...]]:
    by_pixels: dict[str, list[str]] = {}
    for key, page in view.traits.items():
        by_pixels.setdefault(page.pixel_sha256, []).append(key)
    return (tuple(keys) for keys in by_pixels.values() if len(keys) > 1)
