"""From paths, folders and patterns to files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ecgpage.read.faults import wrong_use
from ecgpage.read.sniff import SUFFIXES
from ecgpage.values import file_and_page


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    """Yield the files behind paths, one by one, in a stable order.

    A file is yielded as it was given, whatever its name, and so is a page of one
    (``scan.pdf#2``). A folder is searched recursively, each
    level sorted by name, for names in :data:`ecgpage.read.SUFFIXES` and for DICOM files
    without any suffix; hidden files and folders are passed over, linked folders are entered
    once. A pattern (``*``, ``?``, ``[``) that is no file's name is expanded, sorted.
    Whether a file can be read is found by reading it: links that lead nowhere, pipes and
    folders without permission are yielded too, so that they are reported and not missed.

    Raises
    ------
    WrongUse
        ``no-such-path`` or ``no-match``.
    """
    for given in paths:
        path = os.fspath(given)
        if os.path.isdir(path):  # noqa: PTH112 - keeps the path as it was written
            yield from _in_folder(path, set())
        elif os.path.lexists(file_and_page(path)[0]):
            yield path
        elif glob.has_magic(path):
            yield from _matching(path)
        else:
            raise wrong_use(path, "no-such-path", "nothing of that name")


def _matching(pattern: str) -> Iterator[str]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    if not found:
        raise wrong_use(pattern, "no-match", "no match")
    for path in found:
        if not os.path.isdir(path):  # noqa: PTH112
            yield path


def _in_folder(folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    try:
        state = os.stat(folder)  # noqa: PTH116
        if (state.st_dev, state.st_ino) in seen:
            return
        seen.add((state.st_dev, state.st_ino))
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _in_folder(entry.path, seen)
        elif _looks_readable(entry):
            yield entry.path


def _looks_readable(entry: os.DirEntry[str]) -> bool:
    suffix = Path(entry.name).suffix.lower()
    if suffix in SUFFIXES:
        return True
    return (not suffix or suffix[1:].isdigit()) and _is_dicom(entry)


def _is_dicom(entry: os.DirEntry[str]) -> bool:
    """True for a DICOM preamble; DICOM archives name files by number or identifier."""
    if not entry.is_file():
        return False
    try:
        with open(entry.path, "rb") as file:  # noqa: PTH123
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False
