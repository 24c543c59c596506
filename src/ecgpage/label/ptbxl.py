"""PTB-XL's tables into a data set of records.

P. Wagner et al., "PTB-XL, a large publicly available electrocardiography dataset",
Scientific Data 7:154 (2020): ``scp_codes`` maps each SCP-ECG statement to a likelihood,
``scp_statements.csv`` maps statements to diagnostic superclasses, ``strat_fold`` 1-8 are meant
for training, 9 for validation, 10 for test.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from ecgpage.label.manifest import read_table
from ecgpage.label.rows import Row, label_column_in, missing_column, rows_to_dataset
from ecgpage.values import Dataset, Refusal, WrongUse

DATABASE = "ptbxl_database.csv"
STATEMENTS = "scp_statements.csv"
SIMPLE = "labels.csv"
SIMPLE_COLUMNS = frozenset({"record", "statements", "normal"})
PART_OF_FOLD = {str(fold): "train" for fold in range(1, 9)} | {"9": "validation", "10": "test"}


def is_ptbxl(root: Path) -> bool:
    """Whether a folder is PTB-XL's, or has its statements in the simple form."""
    if (root / DATABASE).is_file():
        return True
    simple = root / SIMPLE
    return simple.is_file() and set(read_table(simple)[0]) >= SIMPLE_COLUMNS


def open_ptbxl(root: Path, *, label_column: str | None) -> Dataset:
    """The records of a PTB-XL folder; an item's path is the record's WFDB header.

    The column ``label`` is ``Normal`` where the statements hold NORM and ``Abnormal``
    elsewhere; ``statements`` are all SCP statements, ``superclasses`` their diagnostic
    superclasses (full form), ``split`` the authors' recommendation (full form). Any column
    can be taken as the label.

    Raises
    ------
    WrongUse
        ``missing-column``, ``broken-statements``, ``all-absent``.
    """
    full = (root / DATABASE).is_file()
    table = root / (DATABASE if full else SIMPLE)
    columns, rows, faults = read_table(table)
    for name in ("scp_codes", "filename_hr") if full else SIMPLE_COLUMNS:
        if name not in columns:
            raise missing_column(str(table), name, columns)
    made = list(_full(root, rows) if full else _simple(rows))
    names = list(made[0].cells) if made else list(columns)
    return rows_to_dataset(
        made,
        root=root.absolute(),
        source=str(root),
        path_column="path",
        label_column=label_column_in(str(table), label_column, names),
        faults=faults,
    )


def _simple(rows: tuple[Row, ...]) -> Iterator[Row]:
    for row in rows:
        label = "Normal" if row.cells["normal"].strip() == "1" else "Abnormal"
        path = f"records/{row.cells['record']}.hea"
        yield Row(row.where, {"path": path, "label": label, **row.cells})


def _full(root: Path, rows: tuple[Row, ...]) -> Iterator[Row]:
    superclass = _superclasses(root / STATEMENTS)
    for row in rows:
        codes = _codes(row)
        cells = {
            "path": _header(root, row.cells),
            "label": "Normal" if "NORM" in codes else "Abnormal",
            **row.cells,
            "statements": " ".join(codes),
        }
        if superclass:
            found = {superclass[code] for code in codes if superclass.get(code)}
            cells["superclasses"] = " ".join(sorted(found))
        part = PART_OF_FOLD.get(row.cells.get("strat_fold", "").removesuffix(".0"))
        yield Row(row.where, {**cells, "split": part} if part else cells)


def _codes(row: Row) -> tuple[str, ...]:
    text = row.cells["scp_codes"]
    try:
        codes = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        codes = None
    if not isinstance(codes, dict):
        raise WrongUse(
            Refusal(row.where, "the statements cannot be read", "{'NORM': 100.0, ...}", text,
                    "Restore the file from PhysioNet.", "broken-statements")
        )  # fmt: skip
    return tuple(str(code) for code in codes)


def _header(root: Path, cells: Mapping[str, str]) -> str:
    """The header of the 500 Hz record, or of the 100 Hz one where only that was fetched."""
    high, low = cells["filename_hr"] + ".hea", cells.get("filename_lr", "") + ".hea"
    return low if not (root / high).is_file() and (root / low).is_file() else high


def _superclasses(path: Path) -> dict[str, str]:
    """Statement -> diagnostic superclass; its first column has no name in the source."""
    if not path.is_file():
        return {}
    columns, rows, _ = read_table(path)
    return {row.cells[columns[0]]: row.cells.get("diagnostic_class", "") for row in rows}
