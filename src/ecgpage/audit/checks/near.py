"""Copies that were resized, recompressed, made grey or cropped a little."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_near(view: View) -> Iterator[Finding]:
    """One finding for each cluster that is held together by equal traces."""
    for keys in view.clusters.values():
        pairs = [p for p in view.pairs if p.kind == "same trace" and p.first in keys]
        if not pairs:
            continue
        sizes = sorted({f"{view.traits[k].width_px} x {view.traits[k].height_px}" for k in keys})
        least = min(pair.agreement for pair in pairs)
        yield Finding(
            check="near-duplicates",
            severity="warning",
            keys=keys,
            statement=f"{len(keys)} pages show the same recording, though not with the same "
            f"pixels (the traces agree on {100 * least:.0f} % of their ink or more): they "
            "count as one recording, and must stay on one side of a split.",
            figure=float(len(keys)),
            evidence={
                "least_agreement": least,
                "pairs": [[p.first, p.second, p.agreement] for p in pairs],
                "sizes_px": sizes,
                "labels": [view.label[key] for key in keys],
            },
        )
