"""A split of a data set that does not leak, or a refusal that names the pages."""

from __future__ import annotations

from ecgpage import audit, learn
from ecgpage.values import Dataset, Progress, Split


def split_dataset(
    dataset: Dataset,
    settings: learn.TrainSettings,
    progress: Progress,
    *,
    allow_leakage: bool,
) -> Split:
    """Split by the settings' groups; what leaks is refused, or said where it is allowed."""
    split = audit.make_split(
        dataset,
        group=_group_by(settings),
        fractions=settings.fractions,
        seed=settings.seed,
    )
    return split


def _group_by(settings: learn.TrainSettings) -> audit.GroupBy:
    if settings.random_split:
        return audit.GroupBy.page()
    if settings.group is not None:
        return audit.GroupBy.column(settings.group)
    if settings.group_pattern is not None:
        return audit.GroupBy.pattern(settings.group_pattern)
    return audit.GroupBy.near_duplicates()
