"""Which pages a model may be judged on, and which of them it has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecgpage.values import Dataset, Item, Refusal, Split, WrongUse

LEARNED = ("train", "validation")
"""Parts that a model has learned from: weights from one, threshold and stop from the other."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Pages to judge, pages to fit baselines on, and how that was decided.

    ``seen`` are keys among ``test`` that the model was trained (or validated) on; they are
    only there where leakage was allowed. ``learned`` are all other pages of this data set
    that the model has learned from.
    """

    test: tuple[Item, ...]
    train: tuple[Item, ...]
    how: str
    seen: tuple[str, ...] = ()
    learned: tuple[Item, ...] = ()


def parts_by_model(
    dataset: Dataset,
    split: Split | None,
    contents: Mapping[str, str],
    trained_contents: Mapping[str, str],
) -> dict[str, str]:
    """What the model's own training called each page of this data set; unknown pages left out.

    Parameters
    ----------
    split:
        The model's split.
    contents:
        Hash of each page's file, by key of ``dataset``.
    trained_contents:
        The part of each hash that the model knows; empty where the model kept no hashes. A
        page is then recognised by its key.
    """
    found: dict[str, str] = {}
    for item in dataset:
        if trained_contents:
            part = trained_contents.get(contents.get(item.key, ""))
        else:
            part = split.part.get(item.key) if split is not None else None
        if part is not None:
            found[item.key] = part
    return found


def choose_pages(
    dataset: Dataset,
    by_model: Mapping[str, str],
    given: Mapping[str, str] | None,
    *,
    part: str | None = None,
    allow_leakage: bool = False,
) -> Selection:
    """Choose the pages to judge and refuse those that the model has learned from.

    Parameters
    ----------
    by_model:
        From :func:`parts_by_model`.
    given:
        The data set's own column ``split``, by key; None where it has none.
    part:
        ``test`` asks for the test part, ``all`` for every page; None takes the test part
        where there is one (the data set's column first, then the model's), else every page
        that the model has not seen.
    """
    labelled = [item for item in dataset if item.label is not None]
    by_given = {key: name for key, name in (given or {}).items() if name}
    parts, how = _source(by_given, by_model)
    if part == "all":
        chosen, how = labelled, "every labelled page of the data set"
    elif parts is not None and "test" in parts.values():
        chosen = [item for item in labelled if parts.get(item.key) == "test"]
    elif part == "test":
        raise _refuse(
            dataset,
            "there is no test part",
            "a column split with test, or a model that kept a test part",
            "neither",
            "Leave --part away to judge every page that the model has not seen.",
            "no-test-part",
        )
    else:
        chosen = [item for item in labelled if by_model.get(item.key) not in LEARNED]
        how = "every labelled page that the model has not seen"
    seen = tuple(item.key for item in chosen if by_model.get(item.key) in LEARNED)
    if seen and not allow_leakage:
        raise _refuse(
            dataset,
            f"the model has learned from {len(seen)} of the {len(chosen)} pages",
            "pages that the model has not seen",
            ", ".join(seen[:5]) + (" ..." if len(seen) > 5 else ""),
            "Take other pages, or see what leakage does with --allow-leakage.",
            "seen-in-training",
        )
    if not chosen:
        raise _refuse(
            dataset,
            "no labelled page is left to judge",
            "labelled pages that the model has not seen",
            "none",
            "Check the labels and the split.",
            "no-pages",
        )
    known = parts or {}
    wanted = {item.key for item in chosen}
    train = tuple(
        item for item in labelled if known.get(item.key) == "train" and item.key not in wanted
    )
    learned = tuple(
        item
        for item in dataset
        if (by_model.get(item.key) in LEARNED or known.get(item.key) in LEARNED)
        and item.key not in wanted
    )
    return Selection(tuple(chosen), train, how, seen, learned)


def refuse_leaks(
    dataset: Dataset,
    chosen: Selection,
    copies: Sequence[str],
    groups: Mapping[str, str],
    *,
    allow_leakage: bool,
) -> tuple[str, ...]:
    """Test pages that are copies of learned pages, or share their group; refused unless allowed.

    Parameters
    ----------
    copies:
        Keys of test pages of which a copy was learned from.
    groups:
        The group of each page.
    """
    known = {groups[item.key] for item in chosen.learned if item.key in groups}
    related = [item.key for item in chosen.test if groups.get(item.key) in known]
    found = tuple(dict.fromkeys((*copies, *related)))
    if found and not allow_leakage:
        raise _refuse(
            dataset,
            f"the model has learned from copies of {len(set(copies))} of the {len(chosen.test)} "
            f"pages and from the group of {len(related)}",
            "each recording and each group on one side only",
            ", ".join(found[:5]) + (" ..." if len(found) > 5 else ""),
            "See them with 'ecgpage audit', or see what leakage does with --allow-leakage.",
            "leaking-test-part",
        )
    return found


def _source(
    given: Mapping[str, str], by_model: Mapping[str, str]
) -> tuple[Mapping[str, str] | None, str]:
    if given:
        return given, "the test part of the data set's column split"
    if by_model:
        return by_model, "the test part that the model put aside before training"
    return None, ""


def _refuse(
    dataset: Dataset, what: str, expected: str, received: str, todo: str, code: str
) -> WrongUse:
    return WrongUse(Refusal(dataset.source, what, expected, received, todo, code))


def check_labels(items: tuple[Item, ...], classes: tuple[str, ...], source: str) -> list[int]:
    """The class number of each page; refuses labels that the model does not know."""
    numbers = {name: number for number, name in enumerate(classes)}
    strange = sorted({str(item.label) for item in items if item.label not in numbers})
    if strange:
        raise WrongUse(
            Refusal(
                source,
                "some pages have labels that the model does not know",
                "labels " + ", ".join(classes),
                ", ".join(strange[:5]) + (" ..." if len(strange) > 5 else ""),
                "Rename the labels, or train a model on them.",
                "unknown-label",
            )
        )
    return [numbers[str(item.label)] for item in items]


def check_columns(dataset: Dataset, names: Sequence[str]) -> None:
    """Refuse columns that no page of the data set has, naming the nearest."""
    import difflib

    known = sorted({name for item in dataset for name in item.columns})
    for name in names:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        raise WrongUse(
            Refusal(
                f"column '{name}'",
                "the data set has no such column",
                "one of " + (", ".join(known) or "(it has no columns beside path and label)"),
                f"'{name}'",
                f"Did you mean '{near[0]}'?" if near else "Name a column of the manifest.",
                "unknown-column",
            )
        )
