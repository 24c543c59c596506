"""The parts of a split in a data set's own column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ecgpage.label.folders import PART_NAMES, part_of_folder
from ecgpage.values import Dataset, Refusal, WrongUse

COLUMN = "split"


def parts_in_column(dataset: Dataset) -> dict[str, str]:
    """The part of each page whose column ``split`` names one, by key.

    Raises
    ------
    WrongUse
        ``unknown-part``.
    """
    found: dict[str, str] = {}
    for item in dataset:
        name = item.columns.get(COLUMN, "").strip()
        part = part_of_folder(name)
        if part is not None:
            found[item.key] = part
        elif name:
            raise WrongUse(
                Refusal(item.key, f"its {COLUMN} is no part of a split",
                        "one of " + ", ".join(sorted(PART_NAMES)), f"'{name}'",
                        "Correct the column.", "unknown-part")
            )  # fmt: skip
    return found


def with_parts(dataset: Dataset, parts: Mapping[str, str]) -> Dataset:
    """The data set with each page's part in its column ``split``."""
    items = [
        replace(item, columns={**item.columns, COLUMN: parts[item.key]})
        if item.key in parts
        else item
        for item in dataset
    ]
    return replace(dataset, items=tuple(items))
