"""Measurements as they are taken: each with its unit from the catalogue, or with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ecgpage.measure.catalogue import CATALOGUE
from ecgpage.values import Measurement


class Book:
    """Collects measurements; a name that is not in the catalogue is a mistake."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None], Measurement] = {}

    @classmethod
    def of(cls, measurements: Iterable[Measurement]) -> Book:
        """A book that holds these."""
        book = cls()
        book._found = {(one.name, one.lead): one for one in measurements}
        return book

    def put(
        self,
        name: str,
        value: float | str,
        lead: str | None = None,
        confidence: float = 1.0,
        reason: str = "",
    ) -> None:
        """Enter a value; one that is no number needs the reason why."""
        unit = CATALOGUE[name].unit
        if isinstance(value, float | int) and not math.isfinite(value):
            why = reason or "it could not be measured"
            self._found[name, lead] = Measurement(name, float("nan"), unit, lead, 0.0, why)
            return
        value = value if isinstance(value, str) else float(value)
        sure = min(max(confidence, 0.0), 1.0) if math.isfinite(confidence) else 0.0
        self._found[name, lead] = Measurement(name, value, unit, lead, sure, "")

    def lack(self, names: Iterable[str], reason: str, lead: str | None = None) -> None:
        """Enter that none of these could be measured."""
        for name in names:
            self.put(name, float("nan"), lead, 0.0, reason)

    def number(self, name: str, lead: str | None = None) -> float:
        """A value as a number; NaN where it is missing."""
        one = self._found.get((name, lead))
        return float("nan") if one is None or isinstance(one.value, str) else one.value

    def word(self, name: str, lead: str | None = None) -> str:
        """A value as a word; empty where it is missing."""
        one = self._found.get((name, lead))
        return one.value if one is not None and isinstance(one.value, str) else ""

    def sure(self, name: str, lead: str | None = None) -> float:
        """How sure a value is; 0 where it is missing."""
        one = self._found.get((name, lead))
        return 0.0 if one is None or one.confidence is None else one.confidence

    def ordered(self, leads: Iterable[str]) -> tuple[Measurement, ...]:
        """All in the catalogue's order, the record's own before each lead's."""
        places: list[str | None] = [None, *leads]
        return tuple(
            self._found[name, lead]
            for name in CATALOGUE
            for lead in places
            if (name, lead) in self._found
        )
