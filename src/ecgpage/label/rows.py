"""Rows of a table into items, each doubtful row with its reason."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ecgpage.values import Dataset, Item, Refusal, WrongUse, file_and_page

MOST_NAMES_COMPARED = 1000
"""How many names of a folder are searched for one that resembles an absent file's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a manifest: where it stands (``line 7``) and its cells by column name."""

    where: str
    cells: Mapping[str, str]


@dataclass(slots=True)
class Taken:
    """Items and faults while a table is being read."""

    items: list[Item] = field(default_factory=list)
    faults: list[Refusal] = field(default_factory=list)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    """For each file: the number of its item and the row that named it."""
    disputed: set[str] = field(default_factory=set)
    """Keys of the items that two rows label differently."""


def find_column(name: str, columns: Sequence[str]) -> str | None:
    """The column of that name, the same up to case and surrounding blanks, or None."""
    if name in columns:
        return name
    wanted = name.strip().casefold()
    same = [column for column in columns if column.strip().casefold() == wanted]
    return same[0] if len(same) == 1 else None


def missing_column(source: str, name: str, columns: Sequence[str]) -> WrongUse:
    """The error for a column that is not there, with the nearest name."""
    near = difflib.get_close_matches(name.casefold(), [c.casefold() for c in columns], n=1)
    names = {column.casefold(): column for column in columns}
    hint = f"Did you mean '{names[near[0]]}'?" if near else "Name the column, or add it."
    return WrongUse(
        Refusal(
            where=source,
            what=f"there is no column '{name}'",
            expected=f"a column '{name}' in the first row",
            received="the columns " + ", ".join(f"'{column}'" for column in columns),
            todo=hint,
            code="missing-column",
        )
    )


def label_column_in(source: str, name: str | None, columns: Sequence[str]) -> str | None:
    """The label's column; None where the table has no labels.

    A table without the usual column ``label`` is a table without labels; any other name was
    asked for and must be there, and a nearly right name is taken for a slip.

    Raises
    ------
    WrongUse
        ``missing-column``.
    """
    if name is None:
        return None
    found = find_column(name, columns)
    if found is not None:
        return found
    others = [column.casefold() for column in columns]
    if name != "label" or difflib.get_close_matches(name, others, n=1, cutoff=0.75):
        raise missing_column(source, name, columns)
    return None


def rows_to_dataset(
    rows: Iterable[Row],
    *,
    root: Path,
    source: str,
    path_column: str,
    label_column: str | None,
    faults: Iterable[Refusal] = (),
) -> Dataset:
    """Items from the rows of a manifest, in their order.

    A row without a path is left out; a repeated path is left out, and where the two rows
    disagree the page has no label; an absent file stays, because reading it will say so.
    Each of these is a fault of the data set.

    Raises
    ------
    WrongUse
        ``no-rows`` for an empty table, ``all-absent`` where not one file exists.
    """
    taken = Taken(faults=list(faults))
    for row in rows:
        _take(row, taken, root=root, path_column=path_column, label_column=label_column)
    if not taken.items:
        raise WrongUse(
            Refusal(source, "it names no pages", "at least one row with a path",
                    "none", "Add a row for each page.", "no-rows")
        )  # fmt: skip
    _check_labels(taken, source, label_column)
    if all(fault is not None for fault in absent(taken.items, taken)):
        first = taken.items[0]
        raise WrongUse(
            Refusal(source, f"not one of its {len(taken.items)} files exists",
                    f"paths relative to {root}", f"'{first.key}', which would be {first.path}",
                    "Correct the paths, or move the file beside its pages.", "all-absent")
        )  # fmt: skip
    return Dataset(tuple(taken.items), str(root), source, tuple(taken.faults))


def locate(name: str, root: Path) -> tuple[str, str]:
    """Key and path of a file as a manifest names it; backslashes only where they must be."""
    path = os.path.normpath(root / name)
    if "\\" in name and not Path(path).exists():
        name = name.replace("\\", "/")
        path = os.path.normpath(root / name)
    return name, path


def file_of(path: str) -> Path:
    """The file that a path stands for: ``scan.pdf#2`` lies in ``scan.pdf``."""
    return Path(file_and_page(path)[0])


def absent(items: Iterable[Item], taken: Taken) -> list[Refusal | None]:
    """For each item None, or the fault of its absent file, which is also added to ``taken``."""
    listings: dict[Path, list[str]] = {}
    found: list[Refusal | None] = []
    for item in items:
        file = file_of(item.path)
        fault = None if file.is_file() else _absence(item, file, listings)
        if fault is not None:
            taken.faults.append(fault)
        found.append(fault)
    return found


def _absence(item: Item, file: Path, listings: dict[Path, list[str]]) -> Refusal:
    if file.is_dir():
        return Refusal(item.key, "the path is a folder", "a file", str(file),
                       "Name the file itself.", "absent-file")  # fmt: skip
    if file.parent not in listings:
        there = file.parent.is_dir()
        listings[file.parent] = sorted(p.name for p in file.parent.iterdir()) if there else []
    names = listings[file.parent][:MOST_NAMES_COMPARED]
    near = difflib.get_close_matches(file.name, names, n=1, cutoff=0.8)
    hint = f"Did you mean '{near[0]}'?" if near else "Correct the path or remove the row."
    return Refusal(item.key, "the file does not exist", "a file", str(file), hint, "absent-file")


def _take(
    row: Row, taken: Taken, *, root: Path, path_column: str, label_column: str | None
) -> None:
    name = row.cells.get(path_column, "")
    if not name.strip():
        taken.faults.append(
            Refusal(row.where, "the path is empty", f"a path in column '{path_column}'",
                    "nothing", "Fill it in or remove the row.", "empty-path")
        )  # fmt: skip
        return
    key, path = locate(name, root)
    label = row.cells.get(label_column, "").strip() or None if label_column else None
    known = taken.places.get(path)
    if known is not None:
        _take_again(row, label, known, taken)
        return
    taken.places[path] = (len(taken.items), row.where)
    columns = {k: v for k, v in row.cells.items() if k not in (path_column, label_column)}
    taken.items.append(Item(key, path, label, columns))


def _take_again(row: Row, label: str | None, known: tuple[int, str], taken: Taken) -> None:
    number, where = known
    item = taken.items[number]
    if label == item.label:
        what, todo, code = "the path was named before", "Remove one row.", "duplicate-path"
    else:
        what = "the path was named before with another label"
        todo, code = "Decide which row is right; until then the page has no label.", "two-labels"
        taken.items[number] = replace(item, label=None)
        taken.disputed.add(item.key)
    taken.faults.append(
        Refusal(row.where, what, "each path once",
                f"'{item.key}' as {label or 'unlabelled'}, "
                f"at {where} as {item.label or 'unlabelled'}",
                todo, code)
    )  # fmt: skip


def _check_labels(taken: Taken, source: str, label_column: str | None) -> None:
    if all(item.label is None for item in taken.items):
        return
    taken.faults.extend(
        Refusal(item.key, "the label is empty", f"a class in column '{label_column}' of {source}",
                "nothing", "Label the page, or leave it out.", "empty-label")
        for item in taken.items
        if item.label is None and item.key not in taken.disputed
    )  # fmt: skip
