"""Groups (patients) that stand in two parts of the split."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.groups import members
from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_group_leaks(view: View) -> Iterator[Finding]:
    """One finding for each group that crosses the split; clusters of twins have their own check."""
    if view.group_by.kind in ("near-duplicates", "page"):
        return
    for name, keys in members(view.groups).items():
        parts = {key: view.part[key] for key in keys if key in view.part}
        if len(set(parts.values())) < 2:
            continue
        where = " and ".join(sorted(set(parts.values())))
        yield Finding(
            check="group-leak",
            severity="error",
            keys=tuple(parts),
            statement=f"Pages of one group ({view.group_by}) stand in {where}: the model meets the "
            "same patient again when it is tested. Split by group.",
            figure=float(len(parts)),
            evidence={"group": name, "parts": parts},
        )
