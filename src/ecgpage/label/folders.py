"""A folder of class folders into a data set."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ecgpage.values import Dataset, Item, Refusal, WrongUse

SUFFIXES: frozenset[str] = frozenset({
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp",
    ".heic", ".heif", ".pdf", ".dcm", ".dicom",
})  # fmt: skip
"""File endings that count as pages when a folder is searched."""

PART_NAMES: dict[str, str] = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
NEUTRAL = frozenset({
    "data", "dataset", "set", "images", "image", "pages", "page", "pictures", "files", "ecg",
    "ecgs",
})  # fmt: skip
"""Words of a folder's name that say nothing about class or part."""


def part_of_folder(name: str) -> str | None:
    """``Training data`` -> ``train``; None where the name is no part's."""
    words = _words(name)
    return PART_NAMES.get(words[0]) if len(words) == 1 else None


def open_folder(root: Path) -> Dataset:
    """The pages of a folder: class folders, parts with class folders, or loose pages.

    The first folder below the root, or below a part's folder, is the class, whatever its
    name; a folder with a neutral name (``images``) that holds everything is passed through.
    Folders below the class go into the column ``folder``, parts into the column ``split``.

    Raises
    ------
    WrongUse
        ``no-pages`` where there is no page of a known kind.
    """
    unlisted: list[Refusal] = []
    files = list(find_pages(root, unlisted))
    if not files:
        raise WrongUse(
            Refusal(str(root), "the folder holds no pages", "pictures, PDF or DICOM files",
                    "none with a known ending",
                    "Name the folder of the pages, or a CSV file that lists them.", "no-pages")
        )  # fmt: skip
    places = _without_wrapper({file: file.parts[:-1] for file in files})
    parts, outside = _parts({folders[0] if folders else "" for folders in places.values()})
    faults = [_beside(f, sorted(parts)) for f in files if places[f][:1] and places[f][0] in outside]
    faults += [_beside(f, sorted(parts)) for f in files if parts and not places[f]]
    items: list[Item] = []
    tops: list[str | None] = [*sorted(parts)] if parts else [None]
    for top in tops:
        inside = {f: p[1:] if top else p for f, p in places.items() if top in (None, *p[:1])}
        items += _items(root, _without_wrapper(inside), part_of_folder(top) if top else None)
    told = (*unlisted, *faults, *_loose(items))
    return Dataset(tuple(items), str(root.absolute()), str(root), told)


def _parts(tops: set[str]) -> tuple[set[str], set[str]]:
    """The folders that are parts, and the ones beside them; none where folders are classes."""
    folders = tops - {""}
    parts = {name for name in folders if part_of_folder(name)}
    if parts and (parts == folders or len({part_of_folder(name) for name in parts}) > 1):
        return parts, folders - parts
    return set(), set()


def _items(
    root: Path, places: dict[PurePosixPath, tuple[str, ...]], part: str | None
) -> list[Item]:
    items = []
    for file, folders in places.items():
        columns = {"split": part} if part else {}
        if len(folders) > 1:
            columns["folder"] = "/".join(folders[1:])
        label = folders[0] if folders else None
        items.append(Item(str(file), str(root.absolute() / file), label, columns))
    return items


def _without_wrapper(
    places: dict[PurePosixPath, tuple[str, ...]],
) -> dict[PurePosixPath, tuple[str, ...]]:
    """The folders of each file without a neutral one that holds all of them."""
    while len({folders[:1] for folders in places.values()}) == 1:
        first = next(iter(places.values()))
        if not first or _words(first[0]):
            break
        places = {file: folders[1:] for file, folders in places.items()}
    return places


def find_pages(root: Path, faults: list[Refusal] | None = None) -> Iterator[PurePosixPath]:
    """Files with a page's ending below a folder, relative to it, in the order of their names.

    Links to folders are followed, each folder once. A folder that cannot be listed is added
    to ``faults``.
    """
    seen: set[tuple[int, int]] = set()

    def note(error: OSError) -> None:
        if faults is not None:
            faults.append(_unlisted(error))

    for folder, folders, files in os.walk(root, onerror=note, followlinks=True):
        state = Path(folder).stat()
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield PurePosixPath((Path(folder) / name).relative_to(root).as_posix())


def _unlisted(error: OSError) -> Refusal:
    return Refusal(str(error.filename), "the folder cannot be listed", "a folder that can be read",
                   str(error.strerror), "Check its permissions; its pages were left out.",
                   "unlisted-folder")  # fmt: skip


def _words(name: str) -> list[str]:
    """The words of a folder's name that carry meaning, lower case."""
    return [w for w in re.split(r"[\W_]+", name.casefold()) if w and w not in NEUTRAL]


def _beside(file: PurePosixPath, parts: list[str]) -> Refusal:
    return Refusal(str(file), "it lies beside the folders of the parts",
                   "every page in " + " or ".join(f"'{p}'" for p in parts), str(file.parent),
                   "Move it into one of them; it was left out.", "outside-parts")  # fmt: skip


def _loose(items: list[Item]) -> list[Refusal]:
    if all(item.label is None for item in items):
        return []
    return [
        Refusal(item.key, "it lies beside the class folders", "every page in a class folder",
                "a page without one", "Move it into its class.", "empty-label")
        for item in items
        if item.label is None
    ]  # fmt: skip
