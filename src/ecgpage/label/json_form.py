"""Labels as JSON: pages with their columns, and every judgement."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ecgpage.label.manifest import decode
from ecgpage.label.rows import Row, find_column, label_column_in, missing_column, rows_to_dataset
from ecgpage.values import Dataset, Item, Judgement, Refusal, Refused, WrongUse

FORMAT = "ecgpage labels"
VERSION = 1


def labels_as_json(
    dataset: Dataset, judgements: Iterable[Judgement], folder: Path
) -> dict[str, Any]:
    """Plain values for a file in ``folder``; :func:`labels_from_json` reads them back."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "pages": [
            {
                "key": item.key,
                "path": relative(item.path, folder),
                "label": item.label,
                "columns": dict(item.columns),
            }
            for item in dataset
        ],
        "judgements": [judgement_as_dict(judgement) for judgement in judgements],
    }


def labels_from_json(
    values: Mapping[str, Any], root: Path, source: str
) -> tuple[Dataset, list[Judgement]]:
    """The data set and the judgements of a file that :func:`labels_as_json` gave.

    Raises
    ------
    WrongUse
        ``broken-labels``, ``newer-labels``.
    """
    if values.get("version", 0) > VERSION:
        raise WrongUse(
            Refusal(source, "a newer version of ecgpage wrote these labels",
                    f"version {VERSION} or older", str(values["version"]),
                    "Upgrade with: pip install --upgrade ecgpage", "newer-labels")
        )  # fmt: skip
    try:
        items = tuple(
            Item(
                str(page["key"]),
                os.path.normpath(root / page["path"]),
                page["label"],
                {str(name): str(cell) for name, cell in page.get("columns", {}).items()},
            )
            for page in values["pages"]
        )
        judgements = [judgement_from_dict(one) for one in values.get("judgements", [])]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise broken(source, f"{type(error).__name__}: {error}") from error
    return Dataset(items, str(root), source), judgements


def judgement_as_dict(judgement: Judgement) -> dict[str, Any]:
    """A judgement as plain values; unset ones are left out."""
    values: dict[str, Any] = {
        "key": judgement.key,
        "label": judgement.label,
        "who": judgement.who,
        "source": judgement.source,
        "when": judgement.when.isoformat(),
    }
    more = {"blind": judgement.blind, "score": judgement.score}
    values |= {name: value for name, value in more.items() if value is not None}
    if judgement.note:
        values["note"] = judgement.note
    return values | ({"tags": list(judgement.tags)} if judgement.tags else {})


def judgement_from_dict(values: Mapping[str, Any]) -> Judgement:
    """What :func:`judgement_as_dict` gave; KeyError, TypeError or ValueError otherwise."""
    return Judgement(
        key=str(values["key"]),
        label=None if values["label"] is None else str(values["label"]),
        who=str(values["who"]),
        source=str(values["source"]),
        when=datetime.fromisoformat(values["when"]),
        blind=values.get("blind"),
        score=values.get("score"),
        note=str(values.get("note", "")),
        tags=tuple(str(tag) for tag in values.get("tags", ())),
    )


def load_json(path: Path) -> Any:
    """The values of a JSON file, or a list of those of a JSON-lines file.

    Raises
    ------
    WrongUse
        ``not-text``, ``broken-json``.
    """
    text = decode(path)
    try:
        if path.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongUse(
            Refusal(str(path), "it cannot be read as JSON", "JSON text",
                    f"{error.msg} in line {error.lineno}", "Write the file again.", "broken-json")
        ) from error  # fmt: skip


def table_from_json(
    values: Sequence[Any], path: Path, *, label_column: str | None, path_column: str
) -> Dataset:
    """A data set from a JSON list of objects, each with a path and perhaps a label.

    Raises
    ------
    WrongUse
        ``broken-labels``, and as for a manifest.
    """
    if not all(isinstance(row, Mapping) for row in values):
        raise broken(str(path), "a list of something else than objects")
    columns = tuple(dict.fromkeys(str(name) for row in values for name in row))
    path_name = find_column(path_column, columns)
    if path_name is None:
        raise missing_column(str(path), path_column, columns)
    rows = [
        Row(f"{path.name} row {number}", {str(k): _cell(v) for k, v in row.items()})
        for number, row in enumerate(values, 1)
    ]
    return rows_to_dataset(
        rows,
        root=path.parent.absolute(),
        source=str(path),
        path_column=path_name,
        label_column=label_column_in(str(path), label_column, columns),
    )


def relative(path: str, folder: Path) -> str:
    """A path as it is written into a file in ``folder``: relative, with forward slashes."""
    return Path(os.path.relpath(path, folder.absolute())).as_posix()


def broken(source: str, what: str) -> Refused:
    """The error for JSON that holds no labels."""
    return WrongUse(
        Refusal(source, "it holds no labels that can be read",
                "a list of pages with path and label, labels exported by ecgpage, "
                "or an export of Label Studio",
                what, "Export the labels again.", "broken-labels")
    )  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
