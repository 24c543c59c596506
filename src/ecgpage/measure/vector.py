"""A measured record as a vector of fixed length, for models that are trained on measurements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.book import Book
from ecgpage.measure.criteria import Person
from ecgpage.measure.features import features, t_features
from ecgpage.measure.findings import ask_rules
from ecgpage.measure.person import person_of
from ecgpage.values import Measured

_EMPTY = Book()
VECTOR_NAMES: tuple[str, ...] = tuple(features(_EMPTY, ask_rules(_EMPTY, Person())))
"""Names of the numbers, in order."""
T_NAMES: tuple[str, ...] = tuple(t_features(_EMPTY))
"""Those that come from T waves alone."""


def vector_of(measured: Measured) -> NDArray[np.float64]:
    """The features of a measured record, shape (features,); NaN where not measured."""
    book = Book.of(measured.measurements)
    found = features(book, ask_rules(book, Person(*person_of(measured.record.notes))))
    return np.array([found[name] for name in VECTOR_NAMES], dtype=np.float64)
