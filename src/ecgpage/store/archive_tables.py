"""The tables that an archive's results are written to: their columns, and rows as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from ecgpage.values import missing_extra

PAGE_COLUMNS: dict[str, str] = {"path": "text", "page": "int", "sha256": "text"}
"""What every row begins with: the file, the page's number in it from 1, the file's hash."""

COMMON: dict[str, dict[str, str]] = {
    "refusals": {
        "code": "text", "what": "text", "expected": "text", "received": "text", "todo": "text",
    },
    "provenance": {
        "bytes": "int", "state": "text", "command": "text", "version": "text", "settings": "text",
        "record": "text",
    },
}  # fmt: skip
"""Tables that every command writes: why pages were refused, and where every row comes from."""

TABLES: dict[str, dict[str, dict[str, str]]] = {
    "predict": {
        "predictions": {"label": "text", "probability": "float", "probabilities": "floats"},
    },
    "measure": {
        "verdicts": {"label": "text", "score": "float", "t_wave_score": "float", "fs_hz": "float"},
        "measurements": {
            "name": "text", "lead": "text", "value": "float", "word": "text", "unit": "text",
            "confidence": "float", "reason": "text",
        },
        "findings": {"statement": "text", "evidence": "text"},
        "waves": {
            "lead": "text", "wave": "text", "onset_s": "float", "peak_s": "float",
            "offset_s": "float",
        },
    },
    "digitise": {
        "readings": {
            "layout": "text", "rhythm": "texts", "vector": "bool", "px_per_mm_down": "float",
            "px_per_mm_across": "float", "speed_mm_per_s": "float", "gain_mm_per_mv": "float",
            "rotation_deg": "float", "bend_mm": "float", "rate_hz": "float", "scale_from": "text",
        },
        "leads": {"lead": "text", "confidence": "float", "coverage": "float", "reason": "text"},
    },
    "audit": {
        "traits": {
            "width_px": "int", "height_px": "int", "format": "text", "dpi": "float",
            "taken": "text", "pixel_sha256": "text", "contrast": "float", "trace_share": "float",
            "grid_strength": "float", "recording_top": "float", "recording_bottom": "float",
            "faults": "texts",
        },
    },
}  # fmt: skip
"""The tables of each command beside the common ones."""


def tables_of(command: str) -> dict[str, dict[str, str]]:
    """The columns of all tables that a command writes, those of the page first."""
    both = TABLES[command] | COMMON
    return {name: PAGE_COLUMNS | columns for name, columns in both.items()}


def check_parquet() -> None:
    """See that Parquet can be written, before anything is worked on.

    Raises
    ------
    WrongUse
        ``missing-extra``.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "archive", "results in Parquet") from error
    del pyarrow


def as_parquet(
    columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], notes: Mapping[str, str]
) -> bytes:
    """Rows as the bytes of a Parquet file: the same rows give the same bytes.

    ``notes`` are kept as the file's metadata.

    Raises
    ------
    WrongUse
        ``missing-extra``.
    """
    check_parquet()
    import pyarrow
    from pyarrow import parquet

    kinds = {
        "text": pyarrow.string(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "texts": pyarrow.list_(pyarrow.string()),
        "floats": pyarrow.list_(pyarrow.float64()),
    }
    schema = pyarrow.schema(
        [(name, kinds[kind]) for name, kind in columns.items()], metadata=dict(notes)
    )
    arrays = [
        pyarrow.array([row.get(name) for row in rows], kinds[kind])
        for name, kind in columns.items()
    ]
    stream = io.BytesIO()
    parquet.write_table(
        pyarrow.Table.from_arrays(arrays, schema=schema), stream, compression="zstd"
    )
    return stream.getvalue()
