"""Labels from files into the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecgpage import label, store
from ecgpage.values import Progress, Refusal, Silent


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to read, whose labels these are where it does not say, and the store."""

    source: str
    store: str
    name: str | None = None
    who: str | None = None
    kind: str | None = None
    root: Path | None = None
    label_column: str = "label"
    path_column: str = "path"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read and what of it was new."""

    name: str
    pages: int
    new: int
    known: int
    labels: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def import_labels(request: ImportRequest, progress: Progress | None = None) -> Imported:
    """Read the labels, note the pages, add what is new; called again after a kill it goes on."""
    progress = progress or Silent()
    found = label.read_labels(
        request.source, who=request.who, kind=request.kind, root=request.root,
        label_column=request.label_column, path_column=request.path_column,
    )  # fmt: skip
    with store.LabelStore(request.store, request.name) as labels:
        labels.register(found.dataset)
        dated = labels.add(progress.steps(found.dated, "judgements"))
        undated = labels.add(progress.steps(found.undated, "labels"), only_news=True)
        current = labels.current()
    return Imported(
        name=labels.name,
        pages=len(found.dataset),
        new=dated.new + undated.new,
        known=dated.known + undated.known,
        labels=tuple(sorted({one.label for one in current.values() if one.label is not None})),
        refusals=(*found.dataset.faults, *dated.refused, *undated.refused),
    )
