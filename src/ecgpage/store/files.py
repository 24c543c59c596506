"""Small files: written aside, then renamed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecgpage.values import write_beside


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, aside and then renamed; its folder is made where missing."""
    with write_beside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: str | Path, values: Mapping[str, Any]) -> None:
    """Write plain values as JSON, aside and then renamed; NaN and infinity become null."""
    text = json.dumps(plain(values), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: str | Path) -> dict[str, Any] | None:
    """What :func:`write_json` wrote; None where there is no such file or it is no JSON object.

    For what can be made again; files that matter are read with their own checks.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def plain(value: Any) -> Any:
    """Tuples as lists, NaN and infinity as None."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
