"""Train, validation and test by group: made, obeyed where given, and written down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ecgpage.audit.allocate import deal
from ecgpage.audit.given import given_parts
from ecgpage.audit.groups import GroupBy, find_groups, members
from ecgpage.values import PARTS, Dataset, Refusal, Split, WrongUse

FRACTIONS: tuple[float, float, float] = (0.7, 0.15, 0.15)
"""Shares of train, validation and test unless told otherwise."""


def make_split(
    dataset: Dataset,
    *,
    group: GroupBy,
    fractions: Sequence[float] = FRACTIONS,
    seed: int,
    twins: Mapping[str, str] | None = None,
) -> Split:
    """Split a data set into train, validation and test, group by group.

    A column ``split`` of the data set is obeyed as it stands (``train``, ``validation``,
    ``test`` and their usual other names); where it knows only train and test, validation is
    taken from train by group. Otherwise groups are dealt out stratified by label.

    Parameters
    ----------
    dataset:
        Items with labels; items without one are dealt out with their groups.
    group:
        How groups are found.
    fractions:
        Shares of train, validation and test; a share of 0 leaves that part empty.
    seed:
        Decides between equals; written into the split.
    twins:
        Near-duplicate cluster of each key (``cluster_twins``): clusters then never cross
        either. Needed where ``group`` is by near-duplicates.

    Raises
    ------
    WrongUse
        Shares that are no shares, an unknown column, an unknown name of a part, or a class
        with fewer groups than parts.
    """
    shares = _checked(fractions)
    groups = find_groups(dataset, group, twins)
    settings = _settings(dataset, group, twins) | {"fractions": ",".join(map(str, shares))}
    given = given_parts(dataset)
    if given is not None:
        return _obey(dataset, given, groups, shares, seed, group, settings)
    wanted = [name for name, share in zip(PARTS, shares, strict=True) if share > 0]
    labels = _labels(dataset, groups)
    rng = np.random.default_rng(seed)
    part_of = deal(labels, [share for share in shares if share > 0], wanted, rng, dataset.source)
    part = {key: wanted[part_of[name]] for key, name in groups.items()}
    return Split(part, groups, seed, f"grouped by {_how(group, twins)}, stratified", settings)


def fold_splits(
    dataset: Dataset,
    k: int,
    *,
    group: GroupBy,
    seed: int,
    validation: float = 0.15,
    twins: Mapping[str, str] | None = None,
) -> tuple[Split, ...]:
    """Splits for grouped, stratified cross-validation: each page is tested in exactly one.

    The validation part of each is taken by group from what is not tested. Pages that a column
    ``split`` calls ``test`` stay out of all of them: they are not for development.

    Parameters
    ----------
    dataset, group, seed, twins:
        As in :func:`make_split`.
    k:
        Number of folds, at least 2.
    validation:
        Share of the pages outside the tested fold that goes to validation.
    """
    if k < 2 or not 0 < validation < 1:
        raise _wrong_number("folds", f"{k} folds with a validation share of {validation}")
    settings = _settings(dataset, group, twins) | {"folds": str(k), "validation": str(validation)}
    given = given_parts(dataset) or {}
    groups = find_groups(dataset, group, twins)
    held_out = {groups[key] for key, part in given.items() if part == "test"}
    keys = [key for key in groups if groups[key] not in held_out]
    settings["held_out"] = str(len(groups) - len(keys))
    labels = {name: x for name, x in _labels(dataset, groups).items() if name not in held_out}
    names = [f"fold {number + 1}" for number in range(k)]
    rng = np.random.default_rng(seed)
    fold_of = deal(labels, [1.0] * k, names, rng, dataset.source)
    method = f"grouped by {_how(group, twins)}, stratified"
    splits = []
    for fold in range(k):
        rest = {name: x for name, x in labels.items() if fold_of[name] != fold}
        shares = (1 - validation, validation)
        inner = deal(rest, shares, PARTS[:2], np.random.default_rng([seed, fold]), dataset.source)
        part = {
            key: "test" if fold_of[groups[key]] == fold else PARTS[inner[groups[key]]]
            for key in keys
        }
        splits.append(
            Split(
                part,
                {key: groups[key] for key in keys},
                seed,
                f"{method}, fold {fold + 1} of {k}",
                settings | {"fold": str(fold + 1)},
            )
        )
    return tuple(splits)


def split_as_dict(split: Split) -> dict[str, Any]:
    """The split as plain values, for JSON; :func:`split_from_dict` reads it back."""
    return {
        "method": split.method,
        "seed": split.seed,
        "settings": dict(split.settings),
        "pages": [
            {"key": key, "part": part, "group": split.group.get(key, key)}
            for key, part in split.part.items()
        ],
    }


def split_from_dict(values: Mapping[str, Any], where: str = "split") -> Split:
    """Read a split back from what :func:`split_as_dict` gave."""
    try:
        pages = [(str(p["key"]), str(p["part"]), str(p["group"])) for p in values["pages"]]
        split = Split(
            {key: part for key, part, _ in pages},
            {key: name for key, _, name in pages},
            int(values["seed"]),
            str(values["method"]),
            {str(name): str(value) for name, value in values.get("settings", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_split(where, f"{type(error).__name__}: {error}") from error
    unknown = sorted(set(split.part.values()) - set(PARTS))
    if unknown:
        raise _not_a_split(where, f"the part '{unknown[0]}'")
    return split


def dataset_fingerprint(dataset: Dataset) -> str:
    """SHA-256 over the keys and labels in their order: tells whether a split still fits."""
    lines = "\n".join(f"{item.key}\t{item.label or ''}" for item in dataset)
    return hashlib.sha256(lines.encode()).hexdigest()


def _obey(
    dataset: Dataset,
    given: Mapping[str, str],
    groups: Mapping[str, str],
    shares: Sequence[float],
    seed: int,
    group: GroupBy,
    settings: Mapping[str, str],
) -> Split:
    if "validation" in given.values() or shares[1] == 0:
        return Split(dict(given), groups, seed, "the data set's own column 'split'", settings)
    labels = _labels(dataset, groups, [key for key, part in given.items() if part == "train"])
    rng = np.random.default_rng(seed)
    inner = deal(labels, (shares[0], shares[1]), PARTS[:2], rng, f"{dataset.source}, part train")
    part = {
        key: PARTS[inner[groups[key]]] if where == "train" else where
        for key, where in given.items()
    }
    method = f"the data set's own column 'split', validation taken from train by {group}"
    return Split(part, groups, seed, method, settings)


def _labels(
    dataset: Dataset, groups: Mapping[str, str], keys: Sequence[str] | None = None
) -> dict[str, list[str | None]]:
    label = {item.key: item.label for item in dataset}
    return {name: [label[key] for key in of] for name, of in members(groups, keys).items()}


def _how(group: GroupBy, twins: Mapping[str, str] | None) -> str:
    also = twins is not None and group.kind != "near-duplicates"
    return f"{group} and near-duplicate clusters" if also else str(group)


def _settings(dataset: Dataset, group: GroupBy, twins: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "group_kind": group.kind,
        "group_value": group.value,
        "near_duplicates": "kept together" if twins is not None else "not looked for",
        "dataset_sha256": dataset_fingerprint(dataset),
    }


def _checked(fractions: Sequence[float]) -> tuple[float, float, float]:
    values = tuple(float(x) for x in fractions)
    if len(values) != 3 or min(values) < 0 or values[0] == 0 or not np.isfinite(values).all():
        raise _wrong_number("fractions", ", ".join(map(str, values)) or "nothing")
    total = sum(values)
    if abs(total - 1) > 0.01 and abs(total - 100) > 1:
        raise _wrong_number(
            "fractions", f"{', '.join(map(str, values))}, which add up to {total:g}"
        )
    return values[0], values[1], values[2]


def _wrong_number(where: str, received: str) -> WrongUse:
    expected = {
        "fractions": "three shares of train, validation and test that add up to 1 (or 100), "
        "train above 0, for example 0.7,0.15,0.15",
        "folds": "2 folds or more and a validation share between 0 and 1",
    }
    return WrongUse(
        Refusal(
            where=where,
            what="these numbers make no split",
            expected=expected[where],
            received=received,
            todo="Correct the numbers.",
            code=f"bad-{where}",
        )
    )


def _not_a_split(where: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=where,
            what="this is not a written split",
            expected=f"method, seed, settings and pages (key, part, group); parts {PARTS}",
            received=received,
            todo="Make it again with 'ecgpage split'.",
            code="not-a-split",
        )
    )
