"""Pages that stand on both sides: copies and groups shared by training and test pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ecgpage import audit, label, score
from ecgpage.flows.describe import describe_pages
from ecgpage.flows.twins import find_twins
from ecgpage.values import Dataset, Progress, Split


def leaked_pages(
    dataset: Dataset,
    chosen: score.Selection,
    groups: Mapping[str, str],
    progress: Progress,
    *,
    allow_leakage: bool,
) -> tuple[str, ...]:
    """Test pages of which the model has seen a copy or the group; refused unless allowed.

    Only what lies in this data set can be compared.
    """
    if not chosen.learned:
        return ()
    items = (*chosen.learned, *chosen.test)
    part = {item.key: "train" for item in chosen.learned}
    part |= {item.key: "test" for item in chosen.test}
    both = replace(dataset, items=items)
    traits, _ = describe_pages(both, progress)
    plain = Split(part, {key: key for key in part}, 0, "training against test pages")
    found = audit.leaks(both, plain, traits, group=audit.GroupBy.page())
    keys = [key for finding in found for key in finding.keys if part.get(key) == "test"]
    return score.refuse_leaks(dataset, chosen, keys, groups, allow_leakage=allow_leakage)


def find_copies(dataset: Dataset, progress: Progress, cache: Path | None) -> dict[str, str]:
    """The near-duplicate cluster of each page, so that folds keep copies together."""
    pairs = find_twins(dataset, label.fingerprint(dataset), progress, cache)
    return dict(audit.cluster_twins([item.key for item in dataset], pairs))
