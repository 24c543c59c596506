"""Data sets written out as folders of class folders, and as manifests."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecgpage.store.aside import folder_aside, write_csv
from ecgpage.values import Dataset, Item, Progress, Refusal, Refused, WrongUse

PART_FOLDERS: dict[str, str] = {
    "train": "Training data",
    "validation": "Validation data",
    "test": "Test data",
}
MANIFEST = "manifest.csv"
SOURCE_KEY = "source_key"
"""Column of an exported manifest: what the page was called in the data set it came from."""

LINKS: tuple[str, ...] = ("hard", "sym")
UNLABELLED = "unlabelled"


@dataclass(frozen=True, slots=True)
class Exported:
    """How many pages were written, and which were not."""

    pages: int
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class Names:
    """File names given out in each folder, each once, also where upper and lower case are one."""

    taken: dict[str, set[str]] = field(default_factory=dict)

    def give(self, folder: str, name: str) -> str:
        """The name, or the first of ``name-2``, ``name-3`` ... that is free in the folder."""
        taken = self.taken.setdefault(folder.casefold(), set())
        stem, suffix = Path(name).stem, Path(name).suffix
        number, given = 1, name
        while given.casefold() in taken:
            number += 1
            given = f"{stem}-{number}{suffix}"
        taken.add(given.casefold())
        return given


def export_folder(
    dataset: Dataset,
    target: Path,
    *,
    parts: Mapping[str, str] | None,
    progress: Progress,
    link: str | None = None,
    replace: bool = False,
) -> Exported:
    """Write pages as ``Training data/<class>/<file>`` and ``Test data/<class>/<file>``.

    Without parts the class folders stand alone. Files of one name from several folders get
    numbers. ``manifest.csv`` beside them keeps exact labels, all columns and the pages'
    former names, so that opening the folder gives the same data set again. The folder
    appears when it is complete; an interrupted export leaves nothing in its place.

    Parameters
    ----------
    parts:
        The part of each page by key (``train``, ``validation``, ``test``).
    link:
        ``hard`` or ``sym`` to link instead of copying.
    replace:
        Exchange a folder that an earlier export wrote.

    Raises
    ------
    WrongUse
        ``place-taken``, ``cannot-link``, ``nothing-to-export``.
    """
    _check_place(target, replace)
    names, folders = Names(), _class_folders(dataset)
    rows: list[dict[str, str]] = []
    refusals: list[Refusal] = []
    with folder_aside(target) as aside:
        for item in progress.steps(dataset.items, "exporting", len(dataset)):
            part = PART_FOLDERS[parts[item.key]] if parts and item.key in parts else ""
            folder = "/".join(filter(None, (part, folders[item.label])))
            try:
                place = _put(item, aside, folder, names, link)
            except Refused as error:
                if isinstance(error, WrongUse):
                    raise
                refusals.append(error.refusal)
                continue
            rows.append(_row(item, place))
        if not rows:
            raise WrongUse(
                Refusal(dataset.source, "not one page can be exported", "pages that are there",
                        f"{len(refusals)} that are not", "Correct the paths.", "nothing-to-export")
            )  # fmt: skip
        write_csv(aside / MANIFEST, _columns(dataset, SOURCE_KEY), rows)
    return Exported(len(rows), tuple(refusals))


def export_csv(dataset: Dataset, target: Path) -> Exported:
    """Write a manifest: path (relative to the file), label, and all other columns."""
    folder = target.absolute().parent
    rows = (_row(item, _relative(item.path, folder), keep_key=False) for item in dataset)
    write_csv(target, _columns(dataset), rows)
    return Exported(len(dataset))


def _columns(dataset: Dataset, *more: str) -> list[str]:
    names = ["path", "label", *more]
    for item in dataset:
        names += [_column(name) for name in item.columns]
    return list(dict.fromkeys(names))


def _row(item: Item, path: str, *, keep_key: bool = True) -> dict[str, str]:
    own = {_column(name): cell for name, cell in item.columns.items()}
    key = {SOURCE_KEY: own.get(SOURCE_KEY, item.key)} if keep_key else {}
    return {**own, "path": path, "label": item.label or "", **key}


def _column(name: str) -> str:
    """A column's name beside those that an export writes itself."""
    return f"{name}_before" if name in ("path", "label") else name


def _relative(path: str, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _class_folders(dataset: Dataset) -> dict[str | None, str]:
    """A folder name for each class: safe on every file system, and each once."""
    names = Names()
    found: dict[str | None, str] = {}
    for label in dataset.labels:
        safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", label).strip(" .")[:80]
        found[label] = names.give("", safe or "_")
    found[None] = names.give("", UNLABELLED)
    return found


def _put(item: Item, aside: Path, folder: str, names: Names, link: str | None) -> str:
    """Copy or link a page's file; where it lies now, relative to the export's folder."""
    source, page = Path(item.path), ""
    match = re.match(r"^(.+)(#\d+)$", item.path)
    if match and not source.exists():
        source, page = Path(match[1]), match[2]
    if not source.is_file():
        raise Refused(
            Refusal(item.key, "the file does not exist", "a file", str(source),
                    "Correct the path; the page was left out.", "absent-file")
        )  # fmt: skip
    name = names.give(folder, source.name)
    files = {source: name}
    if source.suffix == ".hea":
        files |= _signals(item, source, name)
    (aside / folder).mkdir(parents=True, exist_ok=True)
    for file, own in files.items():
        _transfer(file, aside / folder / own, link)
    return f"{folder}/{name}{page}"


def _signals(item: Item, header: Path, name: str) -> dict[Path, str]:
    """The signal files of a record, which its header names and which so keep their names."""
    if name != header.name:
        raise Refused(
            Refusal(item.key, "another record of that name is in the same class",
                    "records of different names", f"'{header.name}' twice",
                    "Rename one record with its header.", "record-name-taken")
        )  # fmt: skip
    return {p: p.name for p in header.parent.glob(f"{header.stem}.*") if p != header}


def _transfer(source: Path, target: Path, link: str | None) -> None:
    try:
        if link == "hard":
            os.link(source.resolve(), target)
        elif link == "sym":
            target.symlink_to(source.resolve())
        else:
            shutil.copy2(source, target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise WrongUse(
                Refusal(str(target.parent), "the disk is full", "room for the export",
                        "none", "Make room, or link with --link.", "disk-full")
            ) from error  # fmt: skip
        if link is None:
            raise Refused(
                Refusal(str(source), "the file cannot be copied", "a file that can be read",
                        str(error.strerror), "Check its permissions.", "cannot-copy")
            ) from error  # fmt: skip
        raise WrongUse(
            Refusal(str(source), f"a {link} link to it cannot be made",
                    "a place on the same file system that knows such links",
                    str(error.strerror), "Use another kind of --link, or copy.", "cannot-link")
        ) from error  # fmt: skip


def _check_place(target: Path, replace: bool) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    ours = target / MANIFEST
    written = ours.is_file() and SOURCE_KEY in ours.read_text("utf-8", "replace").split("\n")[0]
    if replace and written:
        return
    raise WrongUse(
        Refusal(str(target), "something lies there already", "a free place",
                "an earlier export" if written else "files that no export wrote",
                "Add --replace to exchange it." if written else "Name another folder.",
                "place-taken")
    )  # fmt: skip
