"""What can be measured: names, units, and where normal values end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Range:
    """Normal limits for some people; None where there is no limit on that side.

    ``sex`` is ``male``, ``female`` or empty for both; ages in years, ``to_age_y`` excluded.
    ``leads`` empty stands for every lead.
    """

    low: float | None
    high: float | None
    sex: str = ""
    from_age_y: float = 0.0
    to_age_y: float = 200.0
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of the catalogue.

    Attributes
    ----------
    name:
        As in the JSON; the unit stands in it.
    title:
        In words, for people.
    unit:
        ``ms``, ``mV``, ``deg`` ...; ``1`` for a plain number, ``word`` for one of a few words.
    scope:
        ``record`` (one value) or ``lead`` (one a lead), or ``both``.
    how:
        How it is measured.
    source:
        Where its definition or its limits come from.
    ranges:
        Normal limits; none where no accepted ones exist.
    amplitude:
        True where it grows with the signal.
    digits:
        Decimals to show.
    """

    name: str
    title: str
    unit: str
    scope: str
    how: str
    source: str = ""
    ranges: tuple[Range, ...] = field(default=())
    amplitude: bool = False
    digits: int = 0

    def range_for(self, lead: str | None, age_y: float | None, sex: str | None) -> Range | None:
        """The limits for this lead and person; the widest ones where age or sex is not known."""
        fitting = [
            one
            for one in self.ranges
            if (not one.leads or lead in one.leads)
            and (age_y is None or one.from_age_y <= age_y < one.to_age_y)
            and (not one.sex or not sex or one.sex == sex)
        ]
        if age_y is None:
            adult = [one for one in fitting if one.to_age_y > 40]
            fitting = adult or fitting
        if not fitting:
            return None
        lows, highs = [one.low for one in fitting], [one.high for one in fitting]
        low = None if None in lows else min(v for v in lows if v is not None)
        high = None if None in highs else max(v for v in highs if v is not None)
        return Range(low, high)
