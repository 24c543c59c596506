"""From figures of pages to a rule's judgements, and whom to compare them with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ecgpage.label.rows import find_column, missing_column
from ecgpage.label.rules import Figures, Rule, RuleKind
from ecgpage.values import Dataset, Item, Judgement, Refusal, WrongUse

METHODS: tuple[str, ...] = ("otsu", "youden")
"""How thresholds are taken from the data: without labels, or with those of a training part."""


def human_labels(
    items: Iterable[Item], persons: Mapping[str, str], *, normal: str, abnormal: str
) -> dict[str, str]:
    """What people call each page, as one of two classes.

    A person's label in the store goes before the data set's own; any label but ``normal`` is
    ``abnormal``. Empty where nothing is called ``normal``: then the classes are other ones.
    """
    found: dict[str, str] = {}
    for item in items:
        label = persons.get(item.key, item.label)
        if label is not None:
            found[item.key] = label
    if normal not in found.values():
        return {}
    return {key: normal if label == normal else abnormal for key, label in found.items()}


def make_rule(
    kind: RuleKind,
    figures: Mapping[str, Figures],
    *,
    given: Mapping[str, float],
    training: Mapping[str, str] | None,
    normal: str,
    abnormal: str,
) -> Rule:
    """The rule with thresholds: given ones, else from labels, else from the figures alone.

    Parameters
    ----------
    figures:
        By page.
    given:
        Thresholds by figure name; a criterion that is not named is left out.
    training:
        Labels of the training part by page; None to look at no labels.

    Raises
    ------
    WrongUse
        ``unknown-threshold``, and what the method raises.
    """
    unknown = sorted(set(given) - set(kind.figure_names))
    if unknown:
        raise WrongUse(
            Refusal(f"thresholds of {kind.name}", f"it has no threshold '{unknown[0]}'",
                    "one of " + ", ".join(kind.figure_names), f"'{unknown[0]}'",
                    "Correct the name.", "unknown-threshold")
        )  # fmt: skip
    if given:
        return kind.given(given, abnormal, normal)
    if training is None:
        return kind.without_labels(list(figures.values()), abnormal, normal)
    keys = [key for key in figures if key in training]
    truth = [training[key] == abnormal for key in keys]
    return kind.from_labels([figures[key] for key in keys], truth, abnormal, normal)


def judge_pages(rule: Rule, figures: Mapping[str, Figures], *, when: datetime) -> list[Judgement]:
    """The rule's judgement of each page, with its reason as the note."""
    return [
        Judgement(key, rule.judge(values), rule.who, "rule", when, note=rule.why(values))
        for key, values in figures.items()
    ]


def comparable(
    human: Mapping[str, str], judged: Mapping[str, Judgement], held_out: Sequence[str] | None
) -> list[str]:
    """The pages that people and rule both labelled, without the rule's training part."""
    allowed = None if held_out is None else set(held_out)
    return [key for key in judged if key in human and (allowed is None or key in allowed)]


def relabelled(dataset: Dataset, labels: Mapping[str, str]) -> Dataset:
    """The data set with these labels instead of its own, without the pages that have none."""
    items = [replace(item, label=labels[item.key]) for item in dataset if item.key in labels]
    return replace(dataset, items=tuple(items))


def groups_of(dataset: Dataset, keys: Sequence[str], column: str | None) -> list[str]:
    """The group of each page: its cell in a column, or itself where no column is named.

    A page whose cell is empty is a group of its own.

    Raises
    ------
    WrongUse
        ``missing-column``.
    """
    if column is None:
        return list(keys)
    columns = sorted({name for item in dataset for name in item.columns})
    name = find_column(column, columns)
    if name is None:
        raise missing_column(dataset.source, column, columns)
    cells = {item.key: item.columns.get(name, "").strip() for item in dataset}
    return [cells[key] or f"page {key}" for key in keys]


def judgement_rows(
    dataset: Dataset,
    judgements: Sequence[Judgement],
    figures: Mapping[str, Figures],
    names: Sequence[str],
    folder: Path,
) -> Iterator[dict[str, Any]]:
    """Rows of a manifest in ``folder``: path, label, the figures, and why."""
    paths = {item.key: item.path for item in dataset}
    for judgement in judgements:
        path = Path(os.path.relpath(paths[judgement.key], folder.absolute())).as_posix()
        values = [f"{value:.6g}" for value in figures[judgement.key]]
        yield {
            "path": path,
            "label": judgement.label,
            **dict(zip(names, values, strict=True)),
            "why": judgement.note,
        }
