"""A data set or a store out into folders, CSV or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecgpage import audit, label, store
from ecgpage.store import Exported
from ecgpage.values import Dataset, Judgement, Progress, Silent


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export where, in which form (``folder``, ``csv``, ``json``, ``label-studio``)."""

    source: str
    to: Path
    form: str
    link: str | None = None
    replace: bool = False
    split_file: Path | None = None
    group: str | None = None
    seed: int = 0
    name: str | None = None
    label_column: str = "label"
    path_column: str = "path"


def export_labels(request: ExportRequest, progress: Progress | None = None) -> Exported:
    """Open, find the parts, write in the form that was asked for."""
    dataset, judgements = open_source(request)
    parts = find_parts(request, dataset)
    if parts is None:
        parts = label.parts_in_column(dataset)
    else:
        dataset = label.with_parts(dataset, parts)
    if request.form == "folder":
        return store.export_folder(
            dataset, request.to, parts=parts, progress=progress or Silent(),
            link=request.link, replace=request.replace,
        )  # fmt: skip
    if request.form == "csv":
        return store.export_csv(dataset, request.to)
    folder = request.to.absolute().parent
    if request.form == "json":
        store.write_values(request.to, label.labels_as_json(dataset, judgements, folder))
    else:
        store.write_values(request.to, label.tasks_of(dataset, judgements, folder))
    return Exported(len(dataset))


def open_source(request: ExportRequest) -> tuple[Dataset, list[Judgement]]:
    """Pages and judgements of a store, or of a data set (its labels with no history)."""
    if store.is_store(request.source):
        with store.LabelStore(request.source, request.name) as labels:
            return labels.dataset(), labels.history()
    found = label.read_labels(
        request.source, label_column=request.label_column, path_column=request.path_column
    )
    return found.dataset, [*found.dated, *found.undated]


def find_parts(request: ExportRequest, dataset: Dataset) -> dict[str, str] | None:
    """Each page's part in a split that was written down or is made by group; else None."""
    if request.split_file is not None:
        values = label.load_json(request.split_file)
        return dict(audit.split_from_dict(values, str(request.split_file)).part)
    if request.group is not None:
        by = audit.GroupBy.column(request.group)
        return dict(audit.make_split(dataset, group=by, seed=request.seed).part)
    return None
