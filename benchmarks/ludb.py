"""LUDB with its marks, and which of its records are set aside; for the benchmarks of waves.

Kalyakulina et al., "LUDB: a new open-access validation tool for electrocardiogram delineation
algorithms", IEEE Access 2020;8:186181. The cardiologists marked each lead for itself, but not
the first and the last beats.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import wfdb

from ecgpage.values import LEADS, Record, Wave, Waves

PARTS, FOLDS = 3, 5
KINDS = {"p": "P", "N": "QRS", "t": "T"}


def stems(folder: Path) -> list[str]:
    """The records' names, in order of their numbers."""
    return sorted((p.stem for p in (folder / "records").glob("*.hea")), key=int)


def digest(stem: str) -> int:
    """A number that depends on the name alone."""
    return int(hashlib.sha256(stem.encode()).hexdigest(), 16)


def part_of(stem: str) -> int:
    """Which of three parts a record belongs to."""
    return digest(stem) % PARTS


def held_out(stem: str) -> bool:
    """Whether a record is set aside: never looked at for a choice."""
    return part_of(stem) == 0


def fold_of(stem: str) -> int:
    """Which of five folds a record that is not set aside belongs to; for choices."""
    return digest(stem) // PARTS % FOLDS


def in_training(stem: str, part: str) -> bool:
    """Whether the network of a part learns from a record.

    Parts: ``all``; ``withoutK`` (all but one of three parts; ``without0`` leaves out the
    records set aside); ``innerK`` (all but those set aside and one of five folds).
    """
    if part == "all":
        return True
    if part.startswith("without"):
        return part_of(stem) != int(part[7:])
    return not held_out(stem) and fold_of(stem) != int(part.removeprefix("inner"))


def load_record(folder: Path, stem: str) -> Record:
    """A record with its leads in the conventional order."""
    signal, header = wfdb.rdsamp(str(folder / "records" / stem))
    names = [name.lower() for name in header["sig_name"]]
    rows = np.stack([signal[:, names.index(lead.lower())] for lead in LEADS])
    return Record(rows, float(header["fs"]), name=stem)


def load_marks(folder: Path, stem: str, rate_hz: float = 500.0) -> Waves:
    """The cardiologists' marks; a bound that they left out is None."""
    waves = []
    for lead in LEADS:
        marks = wfdb.rdann(str(folder / "records" / stem), lead.lower())
        symbols, times = list(marks.symbol), np.asarray(marks.sample) / rate_hz
        for k, symbol in enumerate(symbols):
            if symbol not in KINDS:
                continue
            onset = float(times[k - 1]) if k and symbols[k - 1] == "(" else None
            closed = k + 1 < len(symbols) and symbols[k + 1] == ")"
            offset = float(times[k + 1]) if closed else None
            waves.append(Wave(lead, KINDS[symbol], onset, float(times[k]), offset))
    return Waves(tuple(waves))


def load_rhythms(folder: Path) -> dict[str, str]:
    """Each record's rhythm as the cardiologists put it."""
    with (folder / "ludb.csv").open(newline="", encoding="utf-8") as stream:
        return {row["ID"].strip(): row["Rhythms"].strip() for row in csv.DictReader(stream)}
