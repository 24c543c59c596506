"""What is to be worked on, one entry at a time: paths, folders, patterns, addresses and lists."""

from __future__ import annotations

import csv
import io
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgpage.read.faults import wrong_use
from ecgpage.read.find import find_files
from ecgpage.read.limits import Limits
from ecgpage.read.remote import filesystem, list_url, load_url, look_at
from ecgpage.read.sniff import SUFFIXES
from ecgpage.values import Refusal, WrongUse, file_and_page, is_url, missing_extra

LISTS = (".csv", ".tsv", ".parquet")
"""Endings of lists of pages."""

_LOOKS = 16
"""Files whose size and stamp are asked for at once, where a list does not tell."""

_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or a page of one (``scan.pdf#2``).

    ``stamp`` changes whenever the file does, as far as can be told without reading it; empty
    where nothing is known. ``size`` in bytes.
    """

    place: str
    size: int | None = None
    stamp: str = ""


def find_entries(paths: Iterable[str]) -> Iterator[Entry]:
    """Yield what is behind paths, in a stable order and in flat memory.

    A path is a file, a folder, a pattern, an address (``s3://`` ...) of any of these, or a list
    of such files: CSV or Parquet with the column ``path`` (relative to the list) and, where
    they are known, ``size`` and ``stamp``.

    Raises
    ------
    WrongUse
        As :func:`ecgpage.read.find_files`; ``missing-column`` and ``not-a-list`` for lists.
    """
    for path in paths:
        if Path(path).suffix.lower() in LISTS:
            yield from _with_stamps(_in_list(path))
        elif is_url(path):
            for found in list_url(path):
                if found.url == path or _looks_readable(found.url):
                    yield Entry(found.url, found.size, found.stamp)
        else:
            for name in find_files([path]):
                yield _local(name)


def _local(name: str) -> Entry:
    try:
        state = os.stat(file_and_page(name)[0])  # noqa: PTH116
    except (OSError, ValueError):
        return Entry(name)
    return Entry(name, state.st_size, f"{state.st_size}-{state.st_mtime_ns}")


def _in_list(path: str) -> Iterator[Entry]:
    root = path.rpartition("/")[0] if is_url(path) else str(Path(path).parent)
    rows = _parquet_rows(path) if path.lower().endswith(".parquet") else _csv_rows(path)
    for row in rows:
        given = str(row["path"] or "")
        if not given:
            continue
        inside = is_url(given) or Path(given).is_absolute()
        place = given if inside else f"{root}/{given}" if root not in ("", ".") else given
        size = row.get("size")
        yield Entry(
            place, int(size) if size not in (None, "") else None, str(row.get("stamp") or "")
        )


def _csv_rows(path: str) -> Iterator[dict[str, Any]]:
    with _opened(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t" if path.lower().endswith(".tsv") else ",")
        try:
            _check_columns(path, rows.fieldnames or ())
            yield from rows
        except (UnicodeDecodeError, csv.Error) as error:
            raise _not_a_list(path, type(error).__name__) from error


def _parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "archive", "a list in Parquet") from error
    with _opened(path) as raw:
        try:
            file = parquet.ParquetFile(raw)
            names = [n for n in ("path", "size", "stamp") if n in file.schema_arrow.names]
            _check_columns(path, names)
            for batch in file.iter_batches(_ROWS, columns=names):
                yield from batch.to_pylist()
        except pyarrow.ArrowInvalid as error:
            raise _not_a_list(path, type(error).__name__) from error


def _opened(path: str) -> Any:
    try:
        if is_url(path):
            store, place = filesystem(path)
            return store.open(place, "rb")
        return Path(path).open("rb")
    except OSError as error:
        raise wrong_use(path, "no-such-path", type(error).__name__) from error


def _check_columns(path: str, names: Iterable[str]) -> None:
    if "path" not in names:
        raise WrongUse(
            Refusal(
                where=path,
                what="the list has no column 'path'",
                expected="a column 'path'",
                received=", ".join(names) or "no columns",
                todo="Name the column with the files 'path'.",
                code="missing-column",
            )
        )


def _not_a_list(path: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=path,
            what="the list cannot be read",
            expected="CSV in UTF-8, or Parquet",
            received=received,
            todo="Write it again.",
            code="not-a-list",
        )
    )


def _with_stamps(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Look at the files of entries that came without a stamp, several at once, in their order."""
    waiting: deque[Entry | Future[Entry]] = deque()
    with ThreadPoolExecutor(_LOOKS) as threads:
        for entry in entries:
            waiting.append(entry if entry.stamp else threads.submit(_looked_at, entry))
            if len(waiting) >= 4 * _LOOKS:
                yield _ready(waiting.popleft())
        while waiting:
            yield _ready(waiting.popleft())


def _ready(entry: Entry | Future[Entry]) -> Entry:
    return entry if isinstance(entry, Entry) else entry.result()


def _looked_at(entry: Entry) -> Entry:
    file = file_and_page(entry.place)[0]
    if not is_url(file):
        return _local(entry.place)
    found = look_at(file)
    return Entry(entry.place, found.size, found.stamp)


def _looks_readable(url: str) -> bool:
    suffix = Path(url).suffix.lower()
    if suffix in SUFFIXES:
        return True
    if suffix and not suffix[1:].isdigit():
        return False
    try:
        return load_url(url, Limits(), 0, 132)[128:] == b"DICM"
    except Exception:  # noqa: BLE001 - a file that cannot be looked at is no page by its name
        return False
