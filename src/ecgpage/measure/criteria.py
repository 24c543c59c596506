"""Criteria with soft limits: each says how far it is met (0 to 1), and on what evidence.

A value exactly at its limit meets a criterion by one half, and how fast that changes is the
criterion's width: about what two good measurements of one heart differ by. A statement is made
from one half on. Criteria know measurements and the person's age and sex, nothing else.

References stand in :mod:`ecgpage.measure.catalogue`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecgpage.measure.book import Book

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Age in years and sex; None where unknown."""

    age_y: float | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """How far a criterion is met, 0 to 1, and the values that say so."""

    degree: float
    evidence: tuple[Evidence, ...] = ()


NOT_KNOWN = Met(float("nan"))

Judge = Callable[[Book, Person], Met]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One rule.

    ``weight`` is how much it speaks for an abnormal electrocardiogram where it is fully met,
    ``t_weight`` for an abnormal T wave; both 0 to 1.
    """

    code: str
    statement: str
    source: str
    weight: float
    t_weight: float
    judge: Judge


def soft(value: float, limit: float, width: float) -> float:
    """Logistic membership: one half at the limit, rising with the value; NaN stays NaN."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, (value - limit) / width))))


def above(name: str, limit: float, width: float, lead: str | None = None) -> Judge:
    """Met where a measurement lies above a limit."""
    return lambda book, _person: _one(book, name, lead, limit, width)


def below(name: str, limit: float, width: float, lead: str | None = None) -> Judge:
    """Met where a measurement lies below a limit."""
    return lambda book, _person: _one(book, name, lead, limit, -width)


def _one(book: Book, name: str, lead: str | None, limit: float, width: float) -> Met:
    value = book.number(name, lead)
    if not math.isfinite(value):
        return NOT_KNOWN
    sign = "above" if width > 0 else "below"
    return Met(soft(value, limit, width), (proof(book, name, lead, f"{sign} {limit:g}"),))


def proof(book: Book, name: str, lead: str | None, limit: str) -> Evidence:
    """One piece of evidence: what was measured where, and the limit it is held against."""
    value: float | str = book.word(name, lead) or round(book.number(name, lead), 4)
    return {"name": name, "lead": lead, "value": value, "limit": limit}


def some(
    book: Book, name: str, leads: Iterable[str], limit: Callable[[str], float], width: float,
    least: int = 2, when: Callable[[str], bool] | None = None,
) -> Met:  # fmt: skip
    """Met where at least so many of the leads lie beyond their limits; below for width < 0."""
    found = []
    for lead in leads:
        value = book.number(name, lead)
        if math.isfinite(value) and (when is None or when(lead)):
            found.append((soft(value, limit(lead), width), lead))
    if len(found) < least:
        return NOT_KNOWN
    found.sort(reverse=True)
    sign = "above" if width > 0 else "below"
    shown = [lead for degree, lead in found if degree >= 0.5]
    evidence = tuple(proof(book, name, lead, f"{sign} {limit(lead):g}") for lead in shown)
    return Met(found[least - 1][0], evidence)


def both(*parts: Met) -> Met:
    """Met as far as the least of its parts; unknown parts make it unknown."""
    degree = min(part.degree for part in parts)
    if any(math.isnan(part.degree) for part in parts):
        degree = float("nan")
    return Met(degree, tuple(e for part in parts for e in part.evidence))


def either(*parts: Met) -> Met:
    """Met as far as the best of its parts; unknown parts are passed over."""
    known = [part for part in parts if not math.isnan(part.degree)]
    if not known:
        return NOT_KNOWN
    best = max(known, key=lambda part: part.degree)
    evidence = tuple(e for part in known if part.degree >= 0.5 for e in part.evidence)
    return Met(best.degree, evidence or best.evidence)


def turned(part: Met) -> Met:
    """Met as far as the part is not."""
    return Met(1.0 - part.degree, part.evidence)
