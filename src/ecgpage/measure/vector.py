"""A measured record as a vector of fixed length, for models that are trained on measurements."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.book import Book
from ecgpage.measure.criteria import Person
from ecgpage.measure.features import features, t_features
from ecgpage.measure.findings import ask_rules
from ecgpage.measure.person import person_of
from ecgpage.values import LEADS, Measured

SCALES: tuple[tuple[str, float], ...] = (
    ("t_mv", 0.3), ("t_second_mv", 0.1), ("st_j_mv", 0.1), ("st_j80_mv", 0.1), ("r_mv", 0.8),
    ("s_mv", 0.8), ("q_mv", 0.2), ("p_mv", 0.12), ("t_peak_end_ms", 100.0),
)  # fmt: skip
"""What goes in lead by lead, and the size at which it is bent."""
WHOLE = ("T morphology", "T discordant", "T axis left", "T axis down")
"""What all leads say of the T wave beside the features."""
_EMPTY = Book()
_FEATURES: tuple[str, ...] = tuple(features(_EMPTY, ask_rules(_EMPTY, Person())))
VECTOR_NAMES: tuple[str, ...] = (
    *_FEATURES, *(f"{name} {lead}" for name, _ in SCALES for lead in LEADS), *WHOLE,
)  # fmt: skip
"""Names of the numbers, in order."""
T_NAMES: tuple[str, ...] = (
    *t_features(_EMPTY),
    "TCRT", "QRS-T angle", *WHOLE,
    *(f"{name} {lead}" for name in ("t_mv", "t_second_mv", "t_peak_end_ms") for lead in LEADS),
)  # fmt: skip
"""Those of the T wave: size, shape, direction (also against the QRS), and from peak to end."""


def vector_of(measured: Measured) -> NDArray[np.float64]:
    """The numbers of a measured record, shape (numbers,); NaN where not measured."""
    book = Book.of(measured.measurements)
    found = features(book, ask_rules(book, Person(*person_of(measured.record.notes))))
    raw = [math.tanh(book.number(name, lead) / scale) for name, scale in SCALES for lead in LEADS]
    axis = math.radians(book.number("t_axis_deg"))
    whole = [
        book.number("t_morphology_score"), book.number("st_t_discordance"),
        math.cos(axis), math.sin(axis),
    ]  # fmt: skip
    return np.array([*(found[name] for name in _FEATURES), *raw, *whole], dtype=np.float64)
