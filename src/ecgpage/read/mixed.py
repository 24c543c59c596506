"""Records and pages behind the same paths."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ecgpage.read.entries import LISTS, find_entries
from ecgpage.read.find import find_files
from ecgpage.read.records import ARRAYS, find_records
from ecgpage.values import is_url

RECORDS = (".hea", *ARRAYS)


def is_record(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a record: a WFDB header or stem, its ``.dat``, or an array."""
    place = Path(path)
    if place.suffix.lower() in RECORDS:
        return True
    if place.suffix.lower() == ".dat":
        return place.with_suffix(".hea").is_file()
    return not place.exists() and place.with_name(place.name + ".hea").is_file()


def find_mixed(paths: Sequence[str | os.PathLike[str]]) -> Iterator[tuple[str, bool]]:
    """Every record and page behind paths, folders and patterns, and whether it is a record.

    A WFDB record is given once, however many of its files match; other files of a record
    (annotations) are passed over in folders and patterns. Addresses and lists
    (:func:`find_entries`) give pages, lists records as well.

    Raises
    ------
    WrongUse
        As :func:`find_files`.
    """
    seen: set[str] = set()
    for given in paths:
        path = os.fspath(given)
        for found in _behind(path):
            record = not is_url(found) and is_record(found)
            place = Path(found)
            name = str(place.with_suffix("")) if record and place.suffix.lower() in (
                ".hea", ".dat") else found  # fmt: skip
            if name in seen or (not record and found != path and _beside_header(place)):
                continue
            seen.add(name)
            yield found, record


def _behind(path: str) -> Iterator[str]:
    if is_url(path) or Path(path).suffix.lower() in LISTS:
        yield from (entry.place for entry in find_entries([path]))
    elif is_record(path):
        yield path
    elif Path(path).is_dir():
        yield from find_records([path])
        yield from find_files([path])
    else:
        yield from find_files([path])


def _beside_header(place: Path) -> bool:
    """A signal or annotation file of a WFDB record."""
    return place.with_suffix(".hea").is_file() and place.suffix.lower() not in PICTURES


PICTURES = (".png", ".jpg", ".jpeg", ".pdf", ".tif", ".tiff", ".bmp", ".webp", ".heic", ".dcm")
"""Endings of pages that may lie beside a record of the same name."""
