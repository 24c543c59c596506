"""A data set from whatever it is kept in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ecgpage.label.folders import open_folder
from ecgpage.label.json_form import FORMAT, broken, labels_from_json, load_json, table_from_json
from ecgpage.label.manifest import open_manifest, read_table
from ecgpage.label.ptbxl import is_ptbxl, open_ptbxl
from ecgpage.label.rows import find_column
from ecgpage.values import Dataset, Refusal, WrongUse

MANIFEST = "manifest.csv"
"""A folder with a file of this name, with the path column in it, is opened through it."""


def open_dataset(
    path: str | os.PathLike[str], *, label_column: str | None = "label", path_column: str = "path"
) -> Dataset:
    """Open a folder of class folders, a CSV or JSON manifest or a PTB-XL folder; only reads.

    Parameters
    ----------
    path:
        Folder, CSV file, or JSON file (a list of objects, or labels exported to JSON). A
        folder that holds ``manifest.csv`` is opened through that file.
    label_column:
        The manifest's column with the class; None leaves labels unread. A manifest without a
        column ``label`` is a data set without labels.
    path_column:
        The manifest's column with the path, relative to the manifest.

    Returns
    -------
    Dataset
        Items in the manifest's order, or by name; ``faults`` says what was left out or is
        doubtful. An absent file stays an item: reading it fails by itself.

    Raises
    ------
    WrongUse
        Where nothing can be opened: ``no-such-dataset``, ``not-a-dataset``, ``no-pages``,
        ``missing-column`` and what the forms add.
    """
    where = Path(path)
    if where.is_dir():
        return _open_directory(where, label_column, path_column)
    if where.is_file():
        if where.suffix.lower() in (".csv", ".tsv", ".txt"):
            return open_manifest(where, label_column=label_column, path_column=path_column)
        if where.suffix.lower() in (".json", ".jsonl"):
            return _open_json(where, label_column, path_column)
        raise WrongUse(
            Refusal(str(where), "it is not a data set", "a folder, a CSV or a JSON file",
                    f"a file ending in '{where.suffix}'",
                    "Name the folder that holds the pages, or a manifest.", "not-a-dataset")
        )  # fmt: skip
    raise WrongUse(
        Refusal(str(where), "there is nothing of that name", "a folder or a CSV file", "nothing",
                "Correct the path.", "no-such-dataset")
    )  # fmt: skip


def labelled(dataset: Dataset, *, classes_at_least: int = 2) -> Dataset:
    """The items that have a label.

    Raises
    ------
    WrongUse
        ``no-labels`` or ``too-few-classes``.
    """
    items = tuple(item for item in dataset if item.label is not None)
    if not items:
        raise WrongUse(
            Refusal(dataset.source, "not one page has a label",
                    "class folders, or a column with the class", f"{len(dataset)} pages without",
                    "Name the column, or label the pages first.", "no-labels")
        )  # fmt: skip
    kept = replace(dataset, items=items)
    if len(kept.labels) < classes_at_least:
        raise WrongUse(
            Refusal(dataset.source, "there are too few classes",
                    f"at least {classes_at_least}", ", ".join(f"'{x}'" for x in kept.labels),
                    "Add pages of another class.", "too-few-classes")
        )  # fmt: skip
    return kept


def _open_json(where: Path, label_column: str | None, path_column: str) -> Dataset:
    values = load_json(where)
    if isinstance(values, Mapping) and values.get("format") == FORMAT:
        return labels_from_json(values, where.parent.absolute(), str(where))[0]
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise broken(str(where), f"{type(values).__name__} at the top")
    return table_from_json(values, where, label_column=label_column, path_column=path_column)


def _open_directory(where: Path, label_column: str | None, path_column: str) -> Dataset:
    if is_ptbxl(where):
        return open_ptbxl(where, label_column=label_column)
    manifest = where / MANIFEST
    if manifest.is_file() and find_column(path_column, read_table(manifest, path_column)[0]):
        return open_manifest(manifest, label_column=label_column, path_column=path_column)
    return open_folder(where)
