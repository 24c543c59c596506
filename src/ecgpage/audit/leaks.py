"""The quick look before training and evaluation: does anything stand on both sides?"""

from __future__ import annotations

from collections.abc import Mapping

from ecgpage.audit.checks.group_leaks import check_group_leaks
from ecgpage.audit.checks.twin_leaks import check_twin_leaks
from ecgpage.audit.groups import GroupBy, find_groups
from ecgpage.audit.traits import PageTraits
from ecgpage.audit.twins import TwinPair, find_twins
from ecgpage.audit.view import View
from ecgpage.values import Dataset, Finding, Progress, Split


def leaks(
    dataset: Dataset,
    split: Split,
    traits: Mapping[str, PageTraits],
    *,
    group: GroupBy | None = None,
    pairs: tuple[TwinPair, ...] | None = None,
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """What stands in more than one part of a split: recordings and groups.

    Parameters
    ----------
    dataset, split:
        The pages and where they stand.
    traits:
        Description of each page that can be read (:func:`ecgpage.audit.describe`).
    group:
        How groups are told; as written in the split unless given.
    pairs:
        Twins if they are known already; looked for otherwise.

    Returns
    -------
    tuple of Finding
        Severity ``error``, each naming its pages; empty where nothing leaks.
    """
    by = group or GroupBy(
        split.settings.get("group_kind", "near-duplicates"), split.settings.get("group_value", "")
    )
    plain = GroupBy.page() if by.kind == "near-duplicates" else by
    view = View(
        dataset=dataset,
        traits=traits,
        pairs=find_twins(traits, progress) if pairs is None else pairs,
        part=split.part,
        group_by=by,
        groups=find_groups(dataset, plain),
    )
    return (*check_twin_leaks(view), *check_group_leaks(view))
