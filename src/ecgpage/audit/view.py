"""Everything that a check may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ecgpage.audit.groups import GroupBy, members
from ecgpage.audit.traits import PageTraits
from ecgpage.audit.twins import TwinPair, cluster_twins
from ecgpage.values import Dataset, Refusal


@dataclass(frozen=True)
class View:
    """A data set as its checks see it.

    Attributes
    ----------
    dataset:
        The items, in their order.
    traits:
        Description of each page that could be read, by key.
    refused:
        Why a page could not be read, by key.
    pairs:
        All pairs of twins.
    part:
        Train, validation or test of each key, where the data set is split.
    group_by, groups:
        How groups were told, and the group of each key; where nothing was told, the
        near-duplicate clusters.
    seed:
        For everything drawn at random.
    """

    dataset: Dataset
    traits: Mapping[str, PageTraits]
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    pairs: tuple[TwinPair, ...] = ()
    part: Mapping[str, str] = field(default_factory=dict)
    group_by: GroupBy = field(default_factory=GroupBy.near_duplicates)
    groups: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def label(self) -> Mapping[str, str | None]:
        """The label of each key."""
        return {item.key: item.label for item in self.dataset}

    @cached_property
    def clusters(self) -> Mapping[str, tuple[str, ...]]:
        """Clusters of two or more twins, named by their first page."""
        names = cluster_twins((item.key for item in self.dataset), self.pairs)
        return {name: tuple(keys) for name, keys in members(names).items() if len(keys) > 1}

    def kinds_within(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """The kinds of the pairs that hold a cluster together, the strongest first."""
        inside = set(keys)
        found = {p.kind for p in self.pairs if p.first in inside and p.second in inside}
        return tuple(k for k in ("same file", "same pixels", "same trace") if k in found)
