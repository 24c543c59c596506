"""Groups whose pages carry different labels."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.groups import members
from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_group_conflicts(view: View) -> Iterator[Finding]:
    """One note on all groups with more than one label: possible for a patient, worth a look."""
    if view.group_by.kind in ("near-duplicates", "page"):
        return
    mixed: dict[str, dict[str, int]] = {}
    keys: list[str] = []
    groups = members(view.groups)
    for name, of in groups.items():
        labels = [label for key in of if (label := view.label[key]) is not None]
        if len(set(labels)) > 1:
            mixed[name] = {label: labels.count(label) for label in sorted(set(labels))}
            keys += of
    if mixed:
        yield Finding(
            check="group-conflict",
            severity="note",
            keys=tuple(keys),
            statement=f"{len(mixed)} of {len(groups)} groups ({view.group_by}) carry more than one "
            "label. A patient's recordings can differ; if the column is not a patient, it may "
            "group too much.",
            figure=len(mixed) / len(groups),
            evidence={"groups": mixed},
        )
