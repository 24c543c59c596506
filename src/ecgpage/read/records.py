"""Records as numbers: WFDB files and NumPy arrays, in millivolts with standard lead names."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import LEADS, Record, Refusal, Refused

TO_MILLIVOLT: dict[str, float] = {
    "mv": 1.0,
    "uv": 1e-3,
    "µv": 1e-3,
    "μv": 1e-3,
    "v": 1e3,
    "nv": 1e-6,
}
"""Factors of the units that WFDB headers use for potentials."""
LIMIT_MV = 50.0
"""An array whose median lead swings further than this is hardly in millivolts."""
ARRAYS = (".npy", ".npz")


def find_records(paths: Sequence[str | Path]) -> Iterator[str]:
    """Records behind paths: files, stems, folders (searched recursively) and patterns.

    A folder gives every WFDB header and array in it, sorted. Where a folder holds both
    ``records100`` and ``records500`` (PTB-XL), the latter alone is taken.
    """
    for path in paths:
        place = Path(path)
        if place.is_dir():
            yield from _in_folder(place)
        elif any(mark in str(path) for mark in "*?["):
            yield from sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207
        else:
            yield str(path)


def _in_folder(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() not in (".hea", *ARRAYS):
            continue
        doubled = "records100" in file.parts and any(
            (parent / "records500").is_dir() for parent in file.parents
        )
        if not doubled:
            yield str(file)


def read_record(
    path: str | Path, *, rate_hz: float | None = None, leads: Sequence[str] | None = None
) -> Record:
    """Read one record.

    Parameters
    ----------
    path:
        A WFDB record (``.hea``, ``.dat`` or the stem), a ``.npy`` array of shape (lead, time)
        or (time, lead) in mV, or a ``.npz`` with ``signal_mv`` and optionally ``rate_hz`` and
        ``leads``.
    rate_hz, leads:
        For arrays that do not say; ``leads`` is the standard twelve by default.

    Returns
    -------
    Record
        In mV, leads named as in :data:`ecgpage.values.LEADS` where they are one of these;
        samples that the file marks as invalid are NaN. ``notes`` holds age and sex if the
        header states them, and nothing else of its text.

    Raises
    ------
    Refused
        ``absent-file``, ``unreadable-record``, ``no-leads``, ``wrong-unit``, ``wrong-shape``,
        ``no-rate``.
    """
    place = Path(path)
    if place.suffix.lower() in ARRAYS:
        return _read_array(place, rate_hz, leads)
    return _read_wfdb(place)


def standard_lead(name: str) -> str:
    """The standard name of a lead, or the name as it is: ``avr``, ``MLII`` and ``DI`` are known."""
    bare = re.sub(r"^(mdc_ecg_lead_|ecg[ _]?|lead[ _]?)", "", name.strip().lower())
    bare = bare.replace(" ", "").replace("_", "")
    limb = re.fullmatch(r"(?:ml|d)?(i{1,3}|[123])", bare)
    if limb:
        bare = {"1": "i", "2": "ii", "3": "iii"}.get(limb[1], limb[1])
    known = {lead.lower(): lead for lead in LEADS}
    return known.get(bare, name.strip())


def _read_wfdb(place: Path) -> Record:
    import wfdb

    stem = place.with_suffix("") if place.suffix.lower() in (".hea", ".dat") else place
    header = stem.with_name(stem.name + ".hea")
    if not header.is_file():
        raise _refused(
            place,
            "there is no such record",
            "a WFDB header",
            f"no file {header.name}",
            "Check the path; give the record's stem or its .hea file.",
            "absent-file",
        )
    try:
        read: Any = wfdb.rdrecord(str(stem))
    except Exception as error:
        raise _refused(
            place,
            "the record cannot be read",
            "a WFDB header with its signal files",
            f"{type(error).__name__}: {error}",
            "Copy the record again from its source.",
            "unreadable-record",
        ) from error
    signal = None if read.p_signal is None else np.asarray(read.p_signal, np.float64).T
    if signal is None or signal.size == 0:
        raise _refused(
            place,
            "the record has no samples",
            "at least one lead with samples",
            "none",
            "Use a record with signals.",
            "no-leads",
        )
    factors = [_factor(place, unit) for unit in read.units]
    names = tuple(standard_lead(name) for name in read.sig_name)
    return _record(
        place,
        signal * np.array(factors)[:, None],
        float(read.fs),
        names,
        stem.name,
        _person(read.comments or []),
    )


def _factor(place: Path, unit: str) -> float:
    if unit.lower() not in TO_MILLIVOLT:
        raise _refused(
            place,
            "a signal is not a potential",
            f"one of the units {', '.join(TO_MILLIVOLT)}",
            unit,
            "Take the electrocardiogram's leads out of this record first.",
            "wrong-unit",
        )
    return TO_MILLIVOLT[unit.lower()]


def _person(comments: Sequence[str]) -> dict[str, str]:
    """Age and sex from a header's comments, in the ways that PhysioNet's records write them."""
    notes = {}
    patterns = {
        "age": r"<?age>?\s*[:=]\s*(\d{1,3})\b",
        "sex": r"<?(?:sex|gender)>?\s*[:=]\s*([a-z]+)",
    }
    for name, pattern in patterns.items():
        found = re.search(pattern, "\n".join(comments), re.IGNORECASE)
        if found:
            notes[name] = found[1].lower()
    if "sex" in notes:
        notes["sex"] = {"m": "male", "f": "female"}.get(notes["sex"], notes["sex"])
    return notes


def _read_array(place: Path, rate_hz: float | None, leads: Sequence[str] | None) -> Record:
    if not place.is_file():
        raise _refused(
            place,
            "there is no such file",
            "an array file",
            "nothing",
            "Check the path.",
            "absent-file",
        )
    try:
        loaded: Any = np.load(place, allow_pickle=False)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded as archive:
                kept = {name: np.asarray(archive[name]) for name in archive.files}
        else:
            kept = {"signal_mv": np.asarray(loaded)}
        signal = np.asarray(kept["signal_mv"], np.float64)
    except (OSError, ValueError, KeyError, EOFError, TypeError) as error:
        raise _refused(
            place,
            "the array cannot be read",
            "a .npy array or a .npz with signal_mv",
            f"{type(error).__name__}: {error}",
            "Save it again with numpy.save or numpy.savez.",
            "unreadable-record",
        ) from error
    names = tuple(str(v) for v in kept["leads"]) if "leads" in kept else tuple(leads or LEADS)
    rate = float(kept["rate_hz"]) if "rate_hz" in kept else rate_hz
    if rate is None or not rate > 0:
        raise _refused(
            place,
            "the sampling rate is not known",
            "samples per second",
            str(rate),
            "Say it: rate_hz=500, or --rate 500.",
            "no-rate",
        )
    if signal.ndim == 2 and signal.shape[0] != len(names) and signal.shape[1] == len(names):
        signal = signal.T
    if signal.ndim != 2 or signal.shape[0] != len(names) or signal.shape[1] == 0:
        raise _refused(
            place,
            "the array's shape does not fit its leads",
            f"(lead, time) or (time, lead) with {len(names)} leads",
            str(signal.shape),
            "Name the leads, or turn the array.",
            "wrong-shape",
        )
    return _record(place, signal, rate, tuple(standard_lead(v) for v in names), place.stem, {})


def _record(
    place: Path,
    signal_mv: NDArray[np.float64],
    rate_hz: float,
    names: tuple[str, ...],
    name: str,
    notes: dict[str, str],
) -> Record:
    if not any(lead in LEADS for lead in names):
        raise _refused(
            place,
            "none of the twelve standard leads is in the record",
            ", ".join(LEADS),
            ", ".join(names),
            "Name the leads as they are.",
            "no-leads",
        )
    finite = np.where(np.isfinite(signal_mv), signal_mv, np.nan)
    seen = finite[np.isfinite(finite).any(axis=1)]
    swing = np.median(np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)) if seen.size else 0.0
    if swing > LIMIT_MV:
        raise _refused(
            place,
            "the signal is far too large for a heart",
            f"a swing below {LIMIT_MV:g} mV",
            f"{swing:.0f} mV",
            "Convert it to millivolts; it may be in microvolts or raw steps.",
            "wrong-unit",
        )
    return Record(finite, rate_hz, names, name=name, notes=notes)


def _refused(place: Path, what: str, expected: str, received: str, todo: str, code: str) -> Refused:
    return Refused(Refusal(str(place), what, expected, received, todo, code))
