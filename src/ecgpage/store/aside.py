"""Write aside, then rename: a file or folder is there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ecgpage.values import Refusal, WrongUse


@contextmanager
def file_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to; renamed to ``path`` at the end, removed where something fails.

    Raises
    ------
    WrongUse
        ``no-folder`` where the folder to write into does not exist.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise WrongUse(
            Refusal(str(target), "the folder to write into does not exist", "an existing folder",
                    str(target.parent), "Make the folder first.", "no-folder")
        )  # fmt: skip
    _clear_left(target)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def folder_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A new folder beside ``path`` to fill; put in its place at the end.

    A folder that lies there is exchanged for the new one; the caller has made sure that it
    may be. What an interrupted run left aside is removed by the next.
    """
    target = Path(path).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_left(target)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    aside.mkdir()
    try:
        yield aside
        if target.exists():
            old = target.with_name(f".{target.name}.{os.getpid()}.old")
            target.replace(old)
            aside.replace(target)
            shutil.rmtree(old)
        else:
            aside.replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _clear_left(target: Path) -> None:
    """Remove what runs that are no more left aside of this file or folder."""
    for left in target.parent.iterdir():
        start, _, process = left.name.removesuffix(".part").rpartition(".")
        if left.suffix == ".part" and start == f".{target.name}" and not _alive(process):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)


def _alive(process: str) -> bool:
    """Whether a process of this machine still runs; only its own number is asked for."""
    try:
        os.kill(int(process.partition("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def write_csv(
    path: str | os.PathLike[str], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write rows as CSV (RFC 4180, UTF-8) through :func:`file_aside`; missing cells are empty.

    Lines end in CR LF also because :mod:`csv` quotes a cell that holds one of them only then.
    """
    with file_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_values(path: str | os.PathLike[str], values: Any) -> None:
    """Write plain values as JSON through :func:`file_aside`."""
    with file_aside(path) as aside:
        text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
        aside.write_text(text + "\n", encoding="utf-8", newline="")
