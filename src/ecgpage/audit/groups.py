"""Which pages belong together and must stay on one side of a split."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ecgpage.values import Dataset, Item, Refusal, WrongUse

KINDS: tuple[str, ...] = ("column", "pattern", "near-duplicates", "page")


@dataclass(frozen=True, slots=True)
class GroupBy:
    """How groups are found: make one with the class methods.

    ``kind`` is one of :data:`KINDS`; ``value`` is the column's name or the regular expression.
    """

    kind: str = "near-duplicates"
    value: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; expected one of {KINDS}")

    @classmethod
    def column(cls, name: str) -> GroupBy:
        """Pages with the same value in a column of the manifest (a patient's number)."""
        return cls("column", name)

    @classmethod
    def pattern(cls, expression: str) -> GroupBy:
        """Pages whose file names agree in what a regular expression captures."""
        return cls("pattern", expression)

    @classmethod
    def near_duplicates(cls) -> GroupBy:
        """Pages that are copies of one another; needs clusters from ``cluster_twins``."""
        return cls("near-duplicates")

    @classmethod
    def page(cls) -> GroupBy:
        """Every page for itself: an ordinary random split, for showing what leakage does."""
        return cls("page")

    def __str__(self) -> str:
        words = {
            "column": f"column '{self.value}'",
            "pattern": f"pattern '{self.value}' in the file name",
            "near-duplicates": "near-duplicate clusters",
            "page": "each page for itself",
        }
        return words[self.kind]


def find_groups(
    dataset: Dataset, group: GroupBy, twins: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The group of each item.

    Parameters
    ----------
    dataset:
        The items.
    group:
        How groups are found.
    twins:
        Cluster of near-duplicates of each key. Where given, groups that share a cluster
        become one group. Keys that are missing here have no twin.

    Returns
    -------
    dict
        From key to the name of its group, in the order of the data set. An item whose column
        is empty is a group of its own, named by its key.

    Raises
    ------
    WrongUse
        Unknown column, a pattern that is no regular expression or fits not every file name,
        near-duplicate clusters asked for and not given, the same key twice.
    """
    _refuse_repeated_keys(dataset)
    if group.kind == "column":
        names = _by_column(dataset, group.value)
    elif group.kind == "pattern":
        names = _by_pattern(dataset, group.value)
    else:
        names = {item.key: item.key for item in dataset}
    if group.kind == "near-duplicates" and twins is None:
        raise WrongUse(
            Refusal(
                where="group",
                what="near-duplicate clusters were asked for, and none were given",
                expected="the cluster of each page",
                received="nothing",
                todo="Pass twins=cluster_twins(traits), or group by a column or a pattern.",
                code="no-clusters",
            )
        )
    return _merge(names, twins) if twins else names


def _refuse_repeated_keys(dataset: Dataset) -> None:
    seen: set[str] = set()
    for item in dataset:
        if item.key in seen:
            raise WrongUse(
                Refusal(
                    where=dataset.source,
                    what=f"the page '{item.key}' is listed more than once",
                    expected="each page once",
                    received="the same path in two rows",
                    todo="Remove one of the rows.",
                    code="repeated-key",
                )
            )
        seen.add(item.key)


def _by_column(dataset: Dataset, column: str) -> dict[str, str]:
    columns = sorted({name for item in dataset for name in item.columns})
    if column not in columns:
        near = difflib.get_close_matches(column, columns, n=1)
        raise WrongUse(
            Refusal(
                where=dataset.source,
                what=f"there is no column '{column}' to group by",
                expected="one of " + (", ".join(columns) or "no column: there is none"),
                received=f"'{column}'",
                todo=f"Did you mean '{near[0]}'?" if near else "Name a column of the manifest.",
                code="unknown-column",
            )
        )
    return {item.key: _column_value(item, column) for item in dataset}


def _column_value(item: Item, column: str) -> str:
    value = item.columns.get(column, "").strip()
    return value or item.key


def _by_pattern(dataset: Dataset, expression: str) -> dict[str, str]:
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise WrongUse(
            Refusal(
                where="group pattern",
                what=f"'{expression}' is not a regular expression ({error})",
                expected="a Python regular expression",
                received=f"'{expression}'",
                todo="Correct it; for example '^(\\d+)_' takes the digits before the first '_'.",
                code="bad-pattern",
            )
        ) from error
    names: dict[str, str] = {}
    unmatched: list[str] = []
    for item in dataset:
        text = item.key if "/" in expression else PurePosixPath(item.key).name
        match = pattern.search(text)
        if match is None:
            unmatched.append(item.key)
        else:
            captured = [part for part in match.groups() if part is not None]
            names[item.key] = "|".join(captured) if captured else match.group(0)
    if unmatched:
        raise WrongUse(
            Refusal(
                where="group pattern",
                what=f"'{expression}' does not fit {len(unmatched)} of {len(dataset)} file names",
                expected="a pattern that is found in every file name (in the whole path where "
                "the pattern contains '/')",
                received=", ".join(unmatched[:3]) + (" ..." if len(unmatched) > 3 else ""),
                todo="Change the pattern so that it fits every page.",
                code="pattern-without-match",
            )
        )
    return names


def _merge(names: Mapping[str, str], twins: Mapping[str, str]) -> dict[str, str]:
    """Join groups that share a cluster; the first group's name stays."""
    parent = {name: name for name in names.values()}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first_of_cluster: dict[str, str] = {}
    for key, name in names.items():
        cluster = twins.get(key)
        if cluster is None:
            continue
        here, other = root(name), root(first_of_cluster.setdefault(cluster, name))
        if here != other:
            parent[here] = other
    return {key: root(name) for key, name in names.items()}


def members(groups: Mapping[str, str], keys: Iterable[str] | None = None) -> dict[str, list[str]]:
    """The keys of each group, in order; only those in ``keys`` where it is given."""
    out: dict[str, list[str]] = {}
    for key in groups if keys is None else keys:
        out.setdefault(groups[key], []).append(key)
    return out
