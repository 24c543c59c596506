"""Pages with labels, and how they are split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecgpage.values.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Item:
    """One page of a data set.

    ``key`` is how the data set itself names the page (the path as written in the manifest,
    or relative to the folder, with forward slashes); ``path`` is where the file lies now.
    ``label`` is None where nobody has labelled the page. ``columns`` are the manifest's other
    columns, as strings.
    """

    key: str
    path: str
    label: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Items in their order, and where they were read from.

    ``faults`` are the rows that were left out or read with a doubt, each with its reason;
    whoever opens a data set for a person reports them.
    """

    items: tuple[Item, ...]
    root: str
    source: str
    faults: tuple[Refusal, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels in use, sorted."""
        return tuple(sorted({item.label for item in self.items if item.label is not None}))


PARTS: tuple[str, ...] = ("train", "validation", "test")
"""The three parts of a split; a group never stands in two of them."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which item belongs to which part, and how that was decided.

    ``part`` maps an item's key to ``train``, ``validation`` or ``test``; ``group`` maps it to
    the group that it was kept with. ``method`` says in words how groups were found;
    ``settings`` holds everything needed to make the same split again.
    """

    part: Mapping[str, str]
    group: Mapping[str, str]
    seed: int
    method: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def keys(self, part: str) -> tuple[str, ...]:
        """The keys of one part, in the order of the data set."""
        return tuple(key for key, where in self.part.items() if where == part)
