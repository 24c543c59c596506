"""A split of a data set that does not leak, or a refusal that names the pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ecgpage import audit, learn
from ecgpage.flows.twins import find_twins
from ecgpage.values import Dataset, Finding, Progress, Refusal, Split, WrongUse

NAMED = 100
"""So many leaks are named in the refusal; `ecgpage audit` lists all."""


def split_dataset(
    dataset: Dataset,
    settings: learn.TrainSettings,
    fingerprint: str,
    progress: Progress,
    *,
    allow_leakage: bool,
    cache: Path | None,
) -> Split:
    """Split by the settings' groups; what leaks is refused, or said where it is allowed.

    Near-duplicates stay together whatever the groups are, except in a random split.
    """
    group = group_by(settings)
    pairs = find_twins(dataset, fingerprint, progress, cache)
    twins = audit.cluster_twins([item.key for item in dataset], pairs)
    split = audit.make_split(
        dataset,
        group=group,
        fractions=settings.fractions,
        seed=settings.seed,
        twins=None if settings.random_split else twins,
    )
    found = audit.leaks(dataset, split, {}, group=group, pairs=pairs)
    if found and not allow_leakage:
        raise _leaking(dataset, found)
    for finding in found:
        progress.say(f"Leaking, as allowed: {finding.statement}")
    return split


def group_by(settings: learn.TrainSettings) -> audit.GroupBy:
    """How the settings want pages grouped."""
    if settings.random_split:
        return audit.GroupBy.page()
    if settings.group is not None:
        return audit.GroupBy.column(settings.group)
    if settings.group_pattern is not None:
        return audit.GroupBy.pattern(settings.group_pattern)
    return audit.GroupBy.near_duplicates()


def _leaking(dataset: Dataset, found: Sequence[Finding]) -> WrongUse:
    """The refusal of a leaking split."""
    named = "; ".join(" and ".join(finding.keys) for finding in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return WrongUse(
        Refusal(
            where=dataset.source,
            what=f"the split leaks in {len(found)} places. {found[0].statement.rstrip('.')}",
            expected="each recording and each group in one part only",
            received=named + more,
            todo="Correct the column 'split' or group the pages (--group COLUMN); 'ecgpage "
            "audit' shows them. --allow-leakage trains all the same.",
            code="leaking-split",
        )
    )
