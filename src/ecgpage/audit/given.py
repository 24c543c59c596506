"""A split that the data set brings along in its column ``split``."""

from __future__ import annotations

import re

from ecgpage.values import PARTS, Dataset, Refusal, WrongUse

COLUMN = "split"

NAMES: dict[str, str] = {
    "train": "train",
    "training": "train",
    "traindata": "train",
    "trainingdata": "train",
    "trainset": "train",
    "trainingset": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "validationdata": "validation",
    "validationset": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
    "testdata": "test",
    "testset": "test",
    "holdout": "test",
    "heldout": "test",
}
"""Names of parts in use, in lower case without anything but letters."""


def given_parts(dataset: Dataset) -> dict[str, str] | None:
    """The part of each key as the column ``split`` says; None where there is no such column.

    Raises
    ------
    WrongUse
        A name that no part goes by, a page without one while others have one, or no page
        for training.
    """
    said = {item.key: item.columns.get(COLUMN, "").strip() for item in dataset}
    if not any(said.values()):
        return None
    empty = [key for key, name in said.items() if not name]
    if empty:
        raise _refused(
            dataset,
            f"{len(empty)} of {len(said)} pages have no part in column '{COLUMN}'",
            f"nothing for {', '.join(empty[:3])}",
        )
    known = {name: NAMES.get(re.sub(r"[^a-z]", "", name.lower())) for name in set(said.values())}
    unknown = sorted(name for name, part in known.items() if part is None)
    if unknown:
        raise _refused(
            dataset,
            f"column '{COLUMN}' names a part that is not known",
            ", ".join(f"'{name}'" for name in unknown[:5]),
        )
    parts = {key: part for key, name in said.items() if (part := known[name]) is not None}
    if "train" not in parts.values():
        raise _refused(dataset, f"column '{COLUMN}' leaves no page for training", "no 'train'")
    return parts


def _refused(dataset: Dataset, what: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=dataset.source,
            what=what,
            expected=f"one of {', '.join(PARTS)} for every page",
            received=received,
            todo=f"Complete the column, or remove it to have a split made; "
            f"'{COLUMN}' also takes names such as training, val or 'Test data'.",
            code="bad-split-column",
        )
    )
