"""One file into rows, and rows into CSV and JSON lines."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TextIO

from ecgpage.learn.predict import Predictor
from ecgpage.values import Item, Outcome, Page, Record, Refusal, Refused


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: a page with what the model says, or with why there is nothing."""

    path: str
    label: str = ""
    probability: float | None = None
    error: str = ""
    probabilities: tuple[float, ...] = ()


class Reader(Protocol):
    """Yields the pages of a file, telling of those that cannot be read."""

    def __call__(
        self, path: str, *, on_refused: Callable[[Refusal], None]
    ) -> Iterable[Page | Record]:
        """The pages of one file."""
        ...


@dataclass(frozen=True, slots=True)
class FilePredictor:
    """A pure, picklable function from one file to its rows, one for each page.

    ``read`` is given by whoever joins the rooms. A page is named as the data set names its
    file, with ``#2`` for the second page.
    """

    predictor: Predictor
    read: Reader

    def __call__(self, item: Item) -> list[Row]:
        """The rows of a file.

        Raises
        ------
        Refused
            Where the whole file cannot be read.
        """
        rows: list[Row] = []
        refusals: list[Refusal] = []
        for page in self.read(item.path, on_refused=refusals.append):
            rows += [row_of_refusal(_renamed(item, r.where), r) for r in refusals]
            refusals.clear()
            rows.append(self._row(item, page))
        return rows + [row_of_refusal(_renamed(item, r.where), r) for r in refusals]

    def _row(self, item: Item, page: Page | Record) -> Row:
        if isinstance(page, Record):
            raise Refused(
                Refusal(
                    where=item.key,
                    what="the file holds a recorded waveform, not a page",
                    expected="a picture of an electrocardiogram",
                    received="signals",
                    todo="Draw it as a page first: ecgpage render.",
                    code="waveform",
                )
            )
        said = self.predictor.predict([page])[0]
        name = _renamed(item, said.name)
        return Row(name, said.label, said.probability, "", said.probabilities)


def row_of_refusal(path: str, refusal: Refusal) -> Row:
    """The row that says why there is no prediction, on one line."""
    return Row(path, error=" ".join(str(refusal).split()))


def rows_of(outcome: Outcome[list[Row]]) -> list[Row]:
    """The rows of what became of one file."""
    if outcome.refusal is not None:
        return [row_of_refusal(outcome.key, outcome.refusal)]
    return outcome.value or []


def encode_rows(rows: list[Row]) -> list[dict[str, Any]]:
    """Rows as plain values, for a ledger."""
    return [asdict(row) for row in rows]


def decode_rows(values: list[dict[str, Any]]) -> list[Row]:
    """The other way round."""
    return [Row(**{**value, "probabilities": tuple(value["probabilities"])}) for value in values]


class RowWriter:
    """Writes rows beside their place and renames the files when all is written.

    The CSV file has the columns ``path,label,probability,error``; with more than two classes
    one column for each class follows. JSON lines carry the same names.
    """

    def __init__(self, classes: tuple[str, ...], csv_path: Path | None, jsonl_path: Path | None):
        self._classes = classes if len(classes) > 2 else ()
        self._places = [path for path in (csv_path, jsonl_path) if path is not None]
        self._csv, self._jsonl = csv_path, jsonl_path
        self._streams: dict[Path, TextIO] = {}
        self._table: Any = None

    def __enter__(self) -> RowWriter:
        for place in self._places:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._streams[place] = _aside(place).open(
                "w", encoding="utf-8", newline="", errors="backslashreplace"
            )
        if self._csv is not None:
            self._table = csv.writer(self._streams[self._csv], lineterminator="\n")
            extra = [f"probability_{name}" for name in self._classes]
            self._table.writerow(["path", "label", "probability", "error", *extra])
        return self

    def write(self, row: Row) -> None:
        """Write one row everywhere."""
        numbers = row.probabilities if self._classes else ()
        if self._table is not None:
            shown = [_number(value) for value in numbers]
            self._table.writerow([row.path, row.label, _number(row.probability), row.error, *shown])
        if self._jsonl is not None:
            line = {
                "path": row.path, "label": row.label or None, "probability": row.probability,
                "error": row.error or None,
            }  # fmt: skip
            line |= {
                f"probability_{name}": value
                for name, value in zip(self._classes, numbers, strict=False)
            }
            self._streams[self._jsonl].write(json.dumps(line, ensure_ascii=False) + "\n")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for stream in self._streams.values() if kind is None else ():
                stream.flush()
                os.fsync(stream.fileno())
            for place in self._streams if kind is None else ():
                _aside(place).replace(place)
        finally:
            for place, stream in self._streams.items():
                with contextlib.suppress(OSError):  # what was left to write is thrown away
                    stream.close()
                _aside(place).unlink(missing_ok=True)


def _renamed(item: Item, name: str) -> str:
    """A page's name with the file named as the data set names it."""
    return item.key + name[len(item.path) :] if name.startswith(item.path) else item.key


def _aside(place: Path) -> Path:
    return place.with_name(f"{place.name}.part")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.8g}"
