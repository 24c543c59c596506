"""A reading on disk: WFDB, JSON, and where asked for CSV and DICOM."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecgpage.digitise.dicom import write_dicom
from ecgpage.values import Reading, Record
from ecgpage.values.wfdb_file import write_wfdb


def write_reading(
    reading: Reading, folder: Path, stem: str, formats: Sequence[str] = ()
) -> tuple[str, ...]:
    """Write ``stem.hea``, ``stem.dat``, ``stem.json``, with ``csv`` and ``dcm`` where asked for.

    Everything is written aside and renamed. Returns the names of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".digitise-", dir=folder) as aside:
        place = Path(aside)
        write_wfdb(reading.record, place, stem)
        text = json.dumps(_plain(reading.as_dict()), indent=1, allow_nan=False)
        text = re.sub(r"\[\s+([-\d.]+),\s+([-\d.]+)\s+\]", r"[\1, \2]", text)
        (place / f"{stem}.json").write_text(text + "\n", encoding="utf-8")
        if "csv" in formats:
            write_csv(reading.record, place / f"{stem}.csv")
        if "dcm" in formats:
            write_dicom(reading.record, place / f"{stem}.dcm")
        names = tuple(sorted(file.name for file in place.iterdir()))
        for name in names:
            (place / name).replace(folder / name)
    return names


def write_csv(record: Record, path: Path) -> None:
    """Write time in seconds and one column a lead in mV, empty where not seen."""
    lines = [",".join(("time_s", *record.leads))]
    for i, row in enumerate(record.signal_mv.T):
        values = ("" if not math.isfinite(v) else f"{v:.4f}" for v in row)
        lines.append(",".join((f"{i / record.rate_hz:.4f}", *values)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
