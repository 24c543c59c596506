"""A CSV manifest into a data set."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ecgpage.label.rows import Row, find_column, label_column_in, missing_column, rows_to_dataset
from ecgpage.values import Dataset, Refusal, WrongUse

DELIMITERS = (",", ";", "\t")


def open_manifest(path: Path, *, label_column: str | None, path_column: str) -> Dataset:
    """The pages of a CSV file; paths in it are relative to the file.

    Raises
    ------
    WrongUse
        ``not-text``, ``empty-manifest``, ``missing-column``, ``duplicate-column``,
        ``broken-csv``, ``no-rows``, ``all-absent``.
    """
    columns, rows, faults = read_table(path, path_column)
    path_name = find_column(path_column, columns)
    if path_name is None:
        raise missing_column(str(path), path_column, columns)
    return rows_to_dataset(
        rows,
        root=path.parent.absolute(),
        source=str(path),
        path_column=path_name,
        label_column=label_column_in(str(path), label_column, columns),
        faults=faults,
    )


def read_table(
    path: Path, wanted: str = ""
) -> tuple[tuple[str, ...], tuple[Row, ...], tuple[Refusal, ...]]:
    """Columns, rows and faulty rows of a CSV file in any usual encoding and with any delimiter.

    UTF-8 with or without a byte order mark, UTF-16 with one, otherwise Latin-1 (Windows-1252);
    comma, semicolon or tab, whichever finds the wanted column in the first row, else the most
    frequent one there.
    """
    text = decode(path)
    delimiter, text = _delimiter(text, wanted)
    try:
        table = list(_numbered(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise WrongUse(
            Refusal(str(path), "it cannot be read as CSV", "a table of text", str(error),
                    "Save it again as CSV (UTF-8).", "broken-csv")
        ) from error  # fmt: skip
    if not table:
        raise WrongUse(
            Refusal(str(path), "it is empty", "a first row with column names", "no rows",
                    "Write a manifest with the columns path and label.", "empty-manifest")
        )  # fmt: skip
    columns = tuple(name.strip() for name in table[0][1])
    _check_columns(path, columns)
    rows, faults = [], []
    for number, cells in table[1:]:
        where = f"{path.name} line {number}"
        if len(cells) > len(columns):
            faults.append(
                Refusal(where, "the row has too many fields", f"{len(columns)} fields",
                        f"{len(cells)}", "Put text that holds the delimiter in quotes.",
                        "row-length")
            )  # fmt: skip
            continue
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        rows.append(Row(where, dict(zip(columns, padded, strict=True))))
    return columns, tuple(rows), tuple(faults)


def decode(path: Path) -> str:
    """The text of a file, as its byte order mark says, else UTF-8, else Windows-1252."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(
            Refusal(str(path), "it cannot be read", "a file that this user may read",
                    str(error.strerror), "Check its permissions.", "unreadable-file")
        ) from error  # fmt: skip
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data:
        raise WrongUse(
            Refusal(str(path), "it is not a text file", "a CSV file", "binary data",
                    "Name the manifest, or the folder that holds the pages.", "not-text")
        )  # fmt: skip
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with the number of the line on which each ends."""
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield getattr(reader, "line_num", 0), cells


def _delimiter(text: str, wanted: str) -> tuple[str, str]:
    """The delimiter, and the text without a spreadsheet's ``sep=`` line."""
    head, _, rest = text.partition("\n")
    if head.strip().casefold().startswith("sep=") and head.strip()[4:] in DELIMITERS:
        return head.strip()[4:], rest
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    fields = {mark: next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS}
    for mark, names in fields.items():
        if len(names) > 1 and find_column(wanted, names) is not None:
            return mark, text
    return max(DELIMITERS, key=lambda mark: len(fields[mark])), text


def _check_columns(path: Path, columns: tuple[str, ...]) -> None:
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise WrongUse(
            Refusal(str(path), f"the column '{twice[0]}' stands there twice", "each column once",
                    ", ".join(columns), "Rename or remove one of them.", "duplicate-column")
        )  # fmt: skip
