"""Label Studio's JSON, read and written.

The form is that of the tool's task format (labelstud.io/guide/task_format): a list of tasks,
``data`` with the picture's address, ``annotations`` by people and ``predictions`` by models,
each with a ``result`` of regions; a class is a region of type ``choices``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from ecgpage.label.folders import SUFFIXES, find_pages
from ecgpage.label.json_form import broken, judgement_as_dict, judgement_from_dict, relative
from ecgpage.label.rows import file_of
from ecgpage.values import Dataset, Item, Judgement, Refusal

OURS = "ecgpage"
"""Entry of a task's data that holds what the tool itself has no place for."""

LOCAL = "/data/local-files/?d="
"""How Label Studio addresses files below its LOCAL_FILES_DOCUMENT_ROOT."""


def is_label_studio(values: Any) -> bool:
    """Whether these values are tasks of Label Studio."""
    return (
        isinstance(values, Sequence)
        and bool(values)
        and all(isinstance(task, Mapping) and isinstance(task.get("data"), Mapping)
                for task in values)
    )  # fmt: skip


def tasks_of(
    dataset: Dataset, judgements: Iterable[Judgement], folder: Path
) -> list[dict[str, Any]]:
    """Tasks for a file in ``folder``, which is to be Label Studio's document root.

    Persons' last words become annotations, others' predictions; everything else goes into
    ``data`` so that nothing is lost on the way back.
    """
    said: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        said.setdefault(judgement.key, []).append(judgement)
    return [_task(item, said.get(item.key, []), folder) for item in dataset]


def labels_from_tasks(
    tasks: Sequence[Mapping[str, Any]],
    root: Path,
    source: str,
    *,
    choice: str | None = None,
    said_at: datetime,
) -> tuple[Dataset, list[Judgement]]:
    """Pages and judgements of Label Studio's tasks.

    Parameters
    ----------
    root:
        Folder of the pages; a picture whose address says nothing of it is looked for by name.
    choice:
        ``from_name`` of the control that holds the class, where there are several.
    said_at:
        Time of judgements that have none of their own.
    """
    by_name: dict[str, list[str]] = {}
    if root.is_dir():
        for page in find_pages(root):
            by_name.setdefault(page.name, []).append(str(page))
    items: list[Item] = []
    judgements: list[Judgement] = []
    faults: list[Refusal] = []
    for number, task in enumerate(tasks, 1):
        where = f"{Path(source).name} task {task.get('id', number)}"
        item = _item(task["data"], root, by_name, where, source)
        items.append(item)
        if not file_of(item.path).is_file():
            faults.append(_absent(where, item))
        found, doubts = _judgements(task, item.key, choice, said_at, where)
        judgements += found
        faults += doubts
    return Dataset(tuple(items), str(root), source, tuple(faults)), judgements


def _task(item: Item, said: Sequence[Judgement], folder: Path) -> dict[str, Any]:
    path = relative(item.path, folder)
    ours = {"key": item.key, "path": path, "label": item.label, "columns": dict(item.columns)}
    plain = [{k: v for k, v in judgement_as_dict(j).items() if k != "key"} for j in said]
    last = {(j.who, j.source): j for j in sorted(said, key=lambda j: j.when)}
    annotations, predictions = [], []
    for judgement in last.values():
        if judgement.label is None:
            continue
        mark = f"ecgpage{said.index(judgement)}"
        result = [{"id": mark, "from_name": "label", "to_name": "image", "type": "choices",
                   "value": {"choices": [judgement.label]}}]  # fmt: skip
        if judgement.source == "person":
            annotations.append({"result": result, "created_at": judgement.when.isoformat()})
        else:
            score = {} if judgement.score is None else {"score": judgement.score}
            predictions.append({"result": result, "model_version": judgement.who, **score})
    data = {"image": LOCAL + quote(path), OURS: {**ours, "judgements": plain}}
    return {"data": data, "annotations": annotations, "predictions": predictions}


def _item(
    data: Mapping[str, Any],
    root: Path,
    by_name: Mapping[str, Sequence[str]],
    where: str,
    source: str,
) -> Item:
    """The page of a task: as we wrote it, or found from the picture's address."""
    ours = data.get(OURS)
    if isinstance(ours, Mapping):
        try:
            columns = {str(k): str(v) for k, v in ours["columns"].items()}
            path = os.path.normpath(root / ours["path"])
            return Item(str(ours["key"]), path, ours["label"], columns)
        except (KeyError, TypeError, AttributeError) as error:
            raise broken(source, f"{where}: {type(error).__name__}: {error}") from error
    texts = {str(name): value for name, value in data.items() if isinstance(value, str)}
    pictures = [n for n, v in texts.items() if Path(_place(v)).suffix.lower() in SUFFIXES]
    if not pictures:
        raise broken(source, f"{where} without the address of a picture")
    key = _found(_place(texts[pictures[0]]), root, by_name)
    columns = {name: value for name, value in texts.items() if name != pictures[0]}
    return Item(key, os.path.normpath(root / key), None, columns)


def _place(address: str) -> str:
    """The path within an address: of a local file, an upload or anything with a URL."""
    parts = urlsplit(address)
    if parts.path.endswith("/data/local-files/"):
        return parse_qs(parts.query).get("d", [""])[0].lstrip("/")
    return unquote(parts.path).lstrip("/") if parts.scheme or address.startswith("/") else address


def _found(place: str, root: Path, by_name: Mapping[str, Sequence[str]]) -> str:
    """The page's key below the root: the longest end of the address that is a file there."""
    parts = Path(place).parts
    for start in range(len(parts)):
        end = Path(*parts[start:]).as_posix()
        if (root / end).is_file():
            return end
    name = Path(place).name
    bare = name[9:] if len(name) > 9 and name[8] == "-" else name
    for candidate in (name, bare):
        if len(by_name.get(candidate, ())) == 1:
            return by_name[candidate][0]
    return place


def _judgements(
    task: Mapping[str, Any], key: str, choice: str | None, said_at: datetime, where: str
) -> tuple[list[Judgement], list[Refusal]]:
    ours = task["data"].get(OURS) or {}
    known = [judgement_from_dict({"key": key, **one}) for one in ours.get("judgements", [])]
    found, faults = list(known), []
    given = [(one, "person") for one in task.get("annotations") or task.get("completions") or []]
    given += [(one, "model") for one in task.get("predictions") or []]
    for one, source in given:
        if one.get("was_cancelled"):
            continue
        labels, mark, note = _chosen(one.get("result") or [], choice)
        if len(labels) != 1:
            faults.append(_unclear(where, labels))
        elif not _written_by_us(mark, labels[0], known):
            score = one.get("score")
            found.append(Judgement(
                key, labels[0], _author(one, source), source, _time(one, said_at),
                score=float(score) if isinstance(score, int | float) else None, note=note,
                tags=("ground-truth",) if one.get("ground_truth") else (),
            ))  # fmt: skip
    return found, faults


def _chosen(result: Iterable[Mapping[str, Any]], choice: str | None) -> tuple[list[str], str, str]:
    """Classes chosen, the region's id and the free text of one annotation."""
    labels: list[str] = []
    notes: list[str] = []
    mark = ""
    for region in result:
        value = region.get("value", {})
        if region.get("type") == "choices" and choice in (None, region.get("from_name")):
            labels += [str(one) for one in value.get("choices", [])]
            mark = str(region.get("id", ""))
        elif region.get("type") == "textarea":
            text = value.get("text", [])
            notes += [text] if isinstance(text, str) else [str(line) for line in text]
    return labels, mark, "\n".join(notes)


def _written_by_us(mark: str, label: str, known: Sequence[Judgement]) -> bool:
    number = mark.removeprefix("ecgpage")
    at = int(number) if mark.startswith("ecgpage") and number.isdigit() else len(known)
    return at < len(known) and known[at].label == label


def _author(one: Mapping[str, Any], source: str) -> str:
    if source == "model":
        return str(one.get("model_version") or "model")
    by = one.get("completed_by")
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("username") or by.get("id")
    if by is None:
        return "annotator"
    return by if isinstance(by, str) else f"annotator {by}"


def _time(one: Mapping[str, Any], otherwise: datetime) -> datetime:
    for name in ("updated_at", "created_at"):
        try:
            when = datetime.fromisoformat(str(one[name]))
        except (KeyError, ValueError):
            continue
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return otherwise


def _unclear(where: str, labels: Sequence[str]) -> Refusal:
    return Refusal(
        where,
        "an annotation does not choose one class",
        "one choice",
        ", ".join(f"'{label}'" for label in labels) or "none",
        "Choose one class there; with several controls, name one with --label-column.",
        "not-one-choice",
    )


def _absent(where: str, item: Item) -> Refusal:
    return Refusal(where, "its picture is not there", "a file below the pages' folder", item.path,
                   "Name the folder of the pages with --root.", "absent-file")  # fmt: skip
