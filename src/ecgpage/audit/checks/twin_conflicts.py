"""Copies of one recording that carry different labels."""

from __future__ import annotations

from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding


def check_twin_conflicts(view: View) -> Iterator[Finding]:
    """One finding for each cluster of twins with more than one label: one of them is wrong."""
    for keys in view.clusters.values():
        labels = {key: label for key in keys if (label := view.label[key]) is not None}
        if len(set(labels.values())) > 1:
            yield Finding(
                check="twin-conflict",
                severity="warning",
                keys=tuple(labels),
                statement="The same recording is labelled "
                + " and ".join(sorted(set(labels.values())))
                + ": at least one label is wrong. Look at it and decide.",
                figure=float(len(set(labels.values()))),
                evidence={"labels": labels},
            )
