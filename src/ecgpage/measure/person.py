"""Age and sex of the person, as a record's notes hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ecgpage.values import Record


def person_of(notes: Mapping[str, str]) -> tuple[float | None, str | None]:
    """Age in years and sex from a record's notes, None where unknown."""
    try:
        age: float | None = float(notes["age"])
    except (KeyError, ValueError):
        age = None
    sex = notes.get("sex", "").lower()
    return age, sex if sex in ("male", "female") else None


def person_notes(age_y: float | None, sex: str | None) -> dict[str, str]:
    """Age and sex as notes; what is not known is left out."""
    notes = {} if age_y is None else {"age": f"{age_y:g}"}
    return notes if sex is None else {**notes, "sex": sex}


def with_notes(record: Record, notes: Mapping[str, str]) -> Record:
    """The record with notes laid under its own."""
    return replace(record, notes={**notes, **record.notes}) if notes else record
