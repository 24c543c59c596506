"""The table that goes with rendered pages, and the labels that come in with the records."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ecgpage.render.page import RenderedPage
from ecgpage.values import Refusal, WrongUse

COLUMNS = (
    "path", "label", "record", "layout", "rhythm", "simultaneous", "speed_mm_per_s",
    "gain_mm_per_mv", "px_per_mm", "style", "world", "seed",
)  # fmt: skip
"""What every manifest has; columns of a label table follow."""


def manifest_row(page: RenderedPage, path: str, labels: Mapping[str, str]) -> dict[str, str]:
    """One page as a row; ``labels`` are further columns, ``label`` among them."""
    truth = page.truth
    row = {
        "path": path,
        "label": labels.get("label", truth.record.notes.get("label", "")),
        "record": truth.record.name,
        "layout": truth.layout,
        "rhythm": " ".join(truth.rhythm),
        "simultaneous": str(truth.simultaneous),
        "speed_mm_per_s": f"{truth.speed_mm_per_s:g}",
        "gain_mm_per_mv": f"{truth.gain_mm_per_mv:g}",
        "px_per_mm": f"{truth.px_per_mm:.6f}",
        "style": str(truth.style.get("name", "")),
        "world": str(truth.world.get("name", "none")),
        "seed": str(truth.seed),
    }
    for name in ("kind", "rhythm", "morphology", "rate_bpm", "age", "sex"):
        if "kind" in truth.record.notes:
            row[f"simulated_{name}"] = truth.record.notes.get(name, "")
    return {**row, **{name: value for name, value in labels.items() if name not in row}}


def write_manifest(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Write the rows as CSV, whole or not at all."""
    rows = list(rows)
    write_rows([dict.fromkeys(COLUMNS, "") | dict(row) for row in rows], path)


def write_rows(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    """Write rows as CSV with the columns that they have, whole or not at all."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    aside.replace(path)


def read_labels(path: Path, column: str = "label") -> dict[str, dict[str, str]]:
    """Labels by record from a CSV file with the column ``record`` (or ``path``).

    Raises
    ------
    WrongUse
        ``absent-file`` or ``absent-column``.
    """
    if not path.is_file():
        raise _wrong(path, "there is no such file", "a CSV file", "nothing", "absent-file")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        key = next((name for name in ("record", "path") if name in names), None)
        if key is None or column not in names:
            wanted = "the columns record (or path) and " + column
            raise _wrong(path, "a column is missing", wanted, ", ".join(names), "absent-column")
        out = {}
        for row in reader:
            stem = Path(row[key]).name.removesuffix(".hea").removesuffix(".dat")
            kept = {name: value or "" for name, value in row.items() if name and name != key}
            out[stem] = {**kept, "label": row[column] or ""}
    return out


def _wrong(path: Path, what: str, expected: str, received: str, code: str) -> WrongUse:
    return WrongUse(Refusal(str(path), what, expected, received, "Correct --labels.", code))
