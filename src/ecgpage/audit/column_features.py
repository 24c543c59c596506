"""Numbers from the text of a manifest's column or of file names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.audit.times import parse_times

MOST_CATEGORIES = 50


def column_table(values: Sequence[str]) -> tuple[NDArray[np.float64], str]:
    """One column of text as numbers, and as what it was read.

    Read as numbers where nearly all are numbers (with a column that tells where one is
    missing), as times where nearly all are times (seconds, hour, weekday), as categories where
    there are at most 50, else as text (:func:`text_table`).

    Returns
    -------
    tuple
        ndarray of shape (page, column), and ``number``, ``time``, ``category`` or ``text``.
    """
    filled = [value for value in values if value.strip()]
    numbers = [_number(value) for value in values]
    if filled and sum(x is not None for x in numbers) >= 0.95 * len(filled):
        return _with_gaps([[np.nan if x is None else x] for x in numbers]), "number"
    times = parse_times(values)
    if filled and sum(x is not None for x in times) >= 0.95 * len(filled):
        return _with_gaps([list(x or (np.nan, np.nan, np.nan)) for x in times]), "time"
    names = sorted(set(values))
    if len(names) <= MOST_CATEGORIES:
        return np.array([[float(v == name) for name in names] for v in values]), "category"
    return text_table(values), "text"


def text_table(texts: Sequence[str]) -> NDArray[np.float64]:
    """Text as its length, its first two numbers, and 48 hashed counts of its one to three
    letter pieces; shape (page, 51)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    pieces = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=48, norm=None)
    counts = pieces.transform([text or " " for text in texts]).toarray()
    own = []
    for text in texts:
        found = [float(x[:15]) for x in re.findall(r"\d+", text)[:2]]
        own.append([float(len(text)), *found, *([-1.0] * (2 - len(found)))])
    return np.hstack([np.array(own), counts])


def natural_rank(texts: Sequence[str]) -> NDArray[np.float64]:
    """Place of each text when they are sorted with numbers as numbers, shape (page, 1)."""
    keys = [
        tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", text) if p)
        for text in texts
    ]
    place = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([[float(place[key])] for key in keys])


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _with_gaps(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Gaps filled by the median and told by a column of their own."""
    table = np.asarray(rows, dtype=float)
    gaps = np.isnan(table[:, :1])
    middle = np.nanmedian(table, axis=0)
    return np.hstack([np.where(np.isnan(table), middle, table), gaps.astype(float)])
