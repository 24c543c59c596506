"""Labels from wherever they are kept, as judgements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ecgpage.label.datasets import open_dataset
from ecgpage.label.json_form import FORMAT, labels_from_json, load_json
from ecgpage.label.label_studio import is_label_studio, labels_from_tasks
from ecgpage.values import Dataset, Judgement

JSON_SUFFIXES = (".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class Labels:
    """Pages, and everything that was said of them.

    ``dated`` judgements have a time of their own, ``undated`` ones that of the reading: of
    these only what is news should be kept.
    """

    dataset: Dataset
    dated: tuple[Judgement, ...]
    undated: tuple[Judgement, ...] = ()


def read_labels(
    source: str | Path,
    *,
    who: str | None = None,
    kind: str | None = None,
    root: str | Path | None = None,
    label_column: str = "label",
    path_column: str = "path",
) -> Labels:
    """Read the labels of class folders, CSV, JSON, a PTB-XL folder or Label Studio's export.

    Parameters
    ----------
    who, kind:
        Whose labels these are and what sort of source that is (``person``, ``folder``,
        ``csv``, ``rule``, ``model``), where the file does not say; by default the file or
        folder itself.
    root:
        Folder of the pages for Label Studio's export; by default that of the file.
    label_column:
        For Label Studio the name of the control, where there are several.

    Notes
    -----
    Labels without a time of their own get that of the reading.
    """
    path, now = Path(source), datetime.now(UTC)
    if path.suffix.lower() in JSON_SUFFIXES and path.is_file():
        values = load_json(path)
        below = Path(root) if root else path.parent
        if isinstance(values, Mapping) and values.get("format") == FORMAT:
            dataset, judgements = labels_from_json(values, below.absolute(), str(path))
            if judgements:
                return Labels(dataset, tuple(judgements))
            return Labels(dataset, (), _judgements(dataset, path, who, kind, now))
        if is_label_studio(values):
            choice = None if label_column == "label" else label_column
            dataset, judgements = labels_from_tasks(
                values, below.absolute(), str(path), choice=choice, said_at=now
            )
            named = [replace(j, who=who) if who and j.source == "person" else j for j in judgements]
            dated = tuple(j for j in named if j.when is not now)
            return Labels(dataset, dated, tuple(j for j in named if j.when is now))
    dataset = open_dataset(path, label_column=label_column, path_column=path_column)
    return Labels(dataset, (), _judgements(dataset, path, who, kind, now))


def _judgements(
    dataset: Dataset, path: Path, who: str | None, kind: str | None, when: datetime
) -> tuple[Judgement, ...]:
    """One judgement for each page that has a label."""
    origin = Path(dataset.source) if dataset.source else path
    source = kind or ("folder" if origin.is_dir() else "csv")
    author = who or origin.absolute().as_posix()
    return tuple(
        Judgement(item.key, item.label, author, source, when)
        for item in dataset
        if item.label is not None
    )
