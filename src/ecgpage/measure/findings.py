"""From measurements to statements: each rule is asked, and what it says comes with evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ecgpage.measure.book import Book
from ecgpage.measure.criteria import Met, Person
from ecgpage.measure.rules import RULES
from ecgpage.values import Statement

SAID = 0.5
"""A statement is made from this degree on: where a value reaches its limit."""
HIDES: dict[str, tuple[str, ...]] = {
    "af": ("irregular", "no-p"),
    "lafb": ("lad",),
    "lbbb": ("ivcd", "poor-r", "q-anterior", "r-falls", "lvh"),
    "rbbb": ("ivcd", "irbbb"),
    "t-inv-lateral": ("t-flat", "t-low"),
    "q-anterior": ("poor-r", "qs-septal", "r-falls"),
    "qs-septal": ("poor-r",),
    "r-falls": ("poor-r",),
}
"""A statement that says more than others, which are then left out."""


def ask_rules(book: Book, person: Person) -> dict[str, Met]:
    """How far each rule is met, by its code."""
    return {rule.code: rule.judge(book, person) for rule in RULES}


def make_statements(met: dict[str, Met]) -> tuple[Statement, ...]:
    """The statements of the rules that are met."""
    said = {code for code, one in met.items() if one.degree >= SAID}
    hidden = {code for by in said for code in HIDES.get(by, ())}
    return tuple(
        Statement(rule.statement, rule.code, met[rule.code].evidence, rule.source)
        for rule in RULES
        if rule.code in said - hidden
    )


def joined(pairs: Iterable[tuple[float, float]]) -> float:
    """Degrees with their weights as one score: 1 less the product of what is left of each.

    NaN where no rule could be asked; a rule that could not be asked says nothing.
    """
    left, known = 1.0, False
    for degree, weight in pairs:
        if not math.isnan(degree):
            known = True
            left *= 1.0 - weight * degree
    return 1.0 - left if known else float("nan")


def rules_scores(met: dict[str, Met]) -> tuple[float, float]:
    """Abnormality and T-wave abnormality by the rules alone, 0 to 1."""
    return (
        joined((met[rule.code].degree, rule.weight) for rule in RULES),
        joined((met[rule.code].degree, rule.t_weight) for rule in RULES),
    )
