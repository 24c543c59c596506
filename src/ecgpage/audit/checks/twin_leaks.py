"""Recordings that stand in two parts of the split."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_twin_leaks(view: View) -> Iterator[Finding]:
    """One finding for each cluster of twins that crosses the split."""
    for keys in view.clusters.values():
        parts = {key: view.part[key] for key in keys if key in view.part}
        if len(set(parts.values())) < 2:
            continue
        kinds = " and ".join(view.kinds_within(keys))
        where = " and ".join(sorted(set(parts.values())))
        yield Finding(
            check="twin-leak",
            severity="error",
            keys=tuple(parts),
            statement=f"The same recording stands in {where} ({kinds}): what is measured on it is "
            "memory, not skill. Split by group, or remove the copies.",
            figure=float(len(parts)),
            evidence={"parts": parts},
        )
