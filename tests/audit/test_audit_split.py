"""Splits: groups never cross, classes are spread, what is given is obeyed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.audit import (
    GroupBy,
    find_groups,
    fold_splits,
    make_split,
    split_as_dict,
    split_from_dict,
)
from ecgpage.values import PARTS, Dataset, Item, Split, WrongUse

PATIENT = GroupBy.column("patient")


def dataset_of(rows: list[tuple[str, str | None]], **more: list[str]) -> Dataset:
    """One item for each (patient, label), with further columns by keyword."""
    items = []
    for number, (patient, label) in enumerate(rows):
        columns = {"patient": patient} | {name: values[number] for name, values in more.items()}
        items.append(Item(f"pages/{number:04d}.png", f"/x/{number:04d}.png", label, columns))
    return Dataset(tuple(items), "/x", "pages.csv")


def plain(patients: int = 40, pages: int = 2) -> Dataset:
    """Patients with several pages each, every third one abnormal."""
    return dataset_of(
        [(f"p{p}", "Abnormal" if p % 3 == 0 else "Normal") for p in range(patients)] * pages
    )


def crossing(split: Split, groups: dict[str, str]) -> list[str]:
    """Groups with pages in more than one part."""
    parts: dict[str, set[str]] = {}
    for key, part in split.part.items():
        parts.setdefault(groups[key], set()).add(part)
    return [name for name, where in parts.items() if len(where) > 1]


rows = st.lists(
    st.tuples(st.integers(0, 25).map(str), st.sampled_from(["Normal", "Abnormal", "Other", None])),
    min_size=40,
    max_size=120,
)


@settings(deadline=None, max_examples=150)
@given(
    rows=rows,
    clusters=st.lists(st.integers(0, 60), min_size=120, max_size=120),
    seed=st.integers(0, 9),
)
def test_no_group_and_no_cluster_ever_crosses(
    rows: list[tuple[str, str | None]], clusters: list[int], seed: int
) -> None:
    dataset = dataset_of(rows)
    twins = {item.key: str(c) for item, c in zip(dataset, clusters, strict=False)}
    try:
        split = make_split(dataset, group=PATIENT, seed=seed, twins=twins)
    except WrongUse as error:
        refused_for = error.refusal.code
    else:
        refused_for = ""
    assert refused_for in ("", "too-few-groups")
    if refused_for:
        return
    assert list(split.part) == [item.key for item in dataset]
    assert crossing(split, {item.key: item.columns["patient"] for item in dataset}) == []
    assert crossing(split, twins) == []
    for part in PARTS:
        present = {item.label for item in dataset if split.part[item.key] == part}
        assert set(dataset.labels) <= present


@settings(deadline=None, max_examples=60)
@given(rows=rows, k=st.integers(2, 5), seed=st.integers(0, 9))
def test_folds_test_every_page_once_and_keep_groups_whole(
    rows: list[tuple[str, str | None]], k: int, seed: int
) -> None:
    dataset = dataset_of(rows)
    try:
        splits = fold_splits(dataset, k, group=PATIENT, seed=seed)
    except WrongUse as error:
        refused_for = error.refusal.code
    else:
        refused_for = ""
    assert refused_for in ("", "too-few-groups")
    if refused_for:
        return
    tested = Counter(key for split in splits for key in split.keys("test"))
    assert tested == Counter(item.key for item in dataset)
    groups = {item.key: item.columns["patient"] for item in dataset}
    assert all(crossing(split, groups) == [] for split in splits)


def test_shares_and_classes_come_out_as_asked() -> None:
    dataset = plain(patients=200)
    split = make_split(dataset, group=PATIENT, fractions=(0.6, 0.2, 0.2), seed=3)
    for part, share in zip(PARTS, (0.6, 0.2, 0.2), strict=True):
        keys = set(split.keys(part))
        abnormal = sum(item.label == "Abnormal" for item in dataset if item.key in keys)
        assert abs(len(keys) / len(dataset) - share) < 0.02
        assert abs(abnormal / len(keys) - 67 / 200) < 0.03


def test_seed_repeats_and_another_seed_differs() -> None:
    dataset = plain()
    first = make_split(dataset, group=PATIENT, seed=1)
    assert first == make_split(dataset, group=PATIENT, seed=1)
    assert first.part != make_split(dataset, group=PATIENT, seed=2).part
    assert first.seed == 1


def test_written_split_reads_back_without_loss() -> None:
    split = make_split(plain(), group=PATIENT, seed=5)
    assert split_from_dict(json.loads(json.dumps(split_as_dict(split)))) == split


@pytest.mark.parametrize(
    "values",
    [{}, {"pages": [{"key": "a"}]}, {"pages": 3}, {"pages": [], "seed": "x", "method": ""}],
)
def test_what_is_no_split_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(WrongUse, match="not a written split"):
        split_from_dict(values)


def test_given_split_is_obeyed_with_its_usual_names() -> None:
    names = ["Training data", "val", "Test data", "TRAIN"]
    dataset = dataset_of([("a", "N"), ("b", "A"), ("c", "N"), ("d", "A")], split=names)
    split = make_split(dataset, group=PATIENT, seed=0)
    assert list(split.part.values()) == ["train", "validation", "test", "train"]
    assert "own column 'split'" in split.method


def test_validation_is_taken_from_train_by_group_where_only_train_and_test_are_given() -> None:
    where = ["test" if p % 4 == 0 else "train" for p in range(40)] * 2
    dataset = dataset_of(
        [(f"p{p}", "Abnormal" if p % 3 == 0 else "Normal") for p in range(40)] * 2, split=where
    )
    split = make_split(dataset, group=PATIENT, seed=0)
    assert set(split.keys("test")) == {
        item.key for item in dataset if item.columns["split"] == "test"
    }
    assert 8 <= len(split.keys("validation")) <= 14
    assert crossing(split, split.group) == []
    folds = fold_splits(dataset, 3, group=PATIENT, seed=0)
    assert all(set(split.keys("test")).isdisjoint(fold.part) for fold in folds)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (["train", "tset", "test", "train"], "'tset'"),
        (["train", "", "test", "train"], "1 of 4 pages"),
        (["test", "test", "test", "val"], "no page for training"),
    ],
)
def test_a_broken_split_column_is_wrong_use(column: list[str], words: str) -> None:
    dataset = dataset_of([("a", "N"), ("b", "A"), ("c", "N"), ("d", "A")], split=column)
    with pytest.raises(WrongUse, match=words):
        make_split(dataset, group=PATIENT, seed=0)


def test_too_few_groups_of_a_class_names_the_class() -> None:
    dataset = dataset_of([(f"p{p}", "Normal") for p in range(9)] + [("q", "Rare"), ("q", "Rare")])
    with pytest.raises(WrongUse, match="'Rare' has 1") as caught:
        make_split(dataset, group=PATIENT, seed=0)
    assert caught.value.exit_code == 2


def test_a_share_of_zero_leaves_a_part_empty() -> None:
    split = make_split(plain(), group=PATIENT, fractions=(0.8, 0.2, 0), seed=0)
    assert split.keys("test") == ()
    assert len(split.keys("train")) > len(split.keys("validation")) > 0


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.5), (0.9, 0.9, 0.1), (0, 0.5, 0.5), (1.2, -0.1, -0.1)]
)
def test_shares_that_are_none_are_wrong_use(fractions: tuple[float, ...]) -> None:
    with pytest.raises(WrongUse, match="add up to 1"):
        make_split(plain(), group=PATIENT, fractions=fractions, seed=0)


def test_groups_by_pattern_in_the_file_name() -> None:
    keys = ["a/12_rest.png", "b/12_stress.png", "a/7_rest.png"]
    dataset = Dataset(tuple(Item(key, key, "N") for key in keys), ".", "folder")
    assert list(find_groups(dataset, GroupBy.pattern(r"^(\d+)_")).values()) == ["12", "12", "7"]
    assert list(find_groups(dataset, GroupBy.pattern(r"^(\w)/")).values()) == ["a", "b", "a"]
    with pytest.raises(WrongUse, match="does not fit 2 of 3"):
        find_groups(dataset, GroupBy.pattern("stress"))
    with pytest.raises(WrongUse, match="not a regular expression"):
        find_groups(dataset, GroupBy.pattern("("))


def test_an_unknown_column_gets_a_suggestion() -> None:
    with pytest.raises(WrongUse, match="Did you mean 'patient'"):
        find_groups(plain(), GroupBy.column("pateint"))


def test_an_empty_column_makes_the_page_its_own_group() -> None:
    groups = find_groups(dataset_of([("", "N"), ("", "N"), ("a", "N")]), PATIENT)
    assert len(set(groups.values())) == 3


def test_clusters_are_needed_to_group_by_them() -> None:
    with pytest.raises(WrongUse, match="none were given"):
        make_split(plain(), group=GroupBy.near_duplicates(), seed=0)


@pytest.mark.data
def test_hospital_pages_split_by_their_printed_number(data_dir: Path) -> None:
    with (data_dir / "mendeley" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = tuple(Item(row["path"], row["path"], row["label"], row) for row in rows)
    dataset = Dataset(items, "mendeley", "manifest.csv")
    for split in fold_splits(dataset, 5, group=GroupBy.column("printed_id"), seed=0):
        assert crossing(split, {item.key: item.columns["printed_id"] for item in dataset}) == []
        for part, share in zip(PARTS, (0.68, 0.12, 0.2), strict=True):
            keys = set(split.keys(part))
            abnormal = sum(item.label == "Abnormal" for item in dataset if item.key in keys)
            assert abs(len(keys) / len(dataset) - share) < 0.02
            assert abs(abnormal / len(keys) - 267 / 376) < 0.05
