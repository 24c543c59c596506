"""Dates and times in whatever way a column writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(?<!\d)(\d{1,4})([-/.:])(\d{1,2})\2(\d{2,4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?=\D|\d{4}(?:\d{2})?(?!\d)|$)")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})[-\s./]*([a-z]{3})[a-z]*[-\s.,/]*(\d{4}|\d{2})(?!\d)")
_NAMED_FIRST = re.compile(r"(?<![a-z])([a-z]{3})[a-z]*[-\s.]*(\d{1,2})[,\s]+(\d{4})(?!\d)")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?!\d)\s*([ap]\.?m)?")
_COMPACT_CLOCK = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})?(?!\d)")

Moment = tuple[float, float, float]
"""Seconds since 1970 (since midnight without a date), hour of the day, weekday from Monday."""


def parse_times(texts: Sequence[str]) -> list[Moment | None]:
    """The moment that each text of a column says, None where it says none.

    Dates are year-month-day, day-month-year or month-day-year in numbers with ``-``, ``/``,
    ``.`` or ``:`` between, eight digits in a row, or with the month's name; times follow with
    ``:`` between, with or without seconds and AM or PM, or as digits behind ``T`` or the date.
    Where both of the first two numbers may be the month, the column's other dates decide; where
    they don't, the day stands first. What stands around date and time is passed over, as is an
    offset from UTC.
    """
    lowered = [text.strip().lower() for text in texts]
    day_first = _day_first(lowered)
    return [_moment(text, day_first) for text in lowered]


def _moment(text: str, day_first: bool) -> Moment | None:
    date, rest = _date(text, day_first)
    clock = _clock(rest, alone=date is None)
    if clock is None and date is None:
        return None
    hours = clock or 0.0
    if date is None:
        return hours * 3600, hours, 0.0
    seconds = (date - datetime(1970, 1, 1)).total_seconds() + hours * 3600
    return seconds, hours, float(date.weekday())


def _date(text: str, day_first: bool) -> tuple[datetime | None, str]:
    """The date and what is left of the text behind it (all of it, where there is no date)."""
    for pattern, order in (
        (_DATE, "numbers"), (_NAMED, "named"), (_NAMED_FIRST, "named first"), (_COMPACT, "compact"),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            date = _checked(*_parts(match, order, day_first))
            if date is not None:
                return date, text[: match.start()] + " " + text[match.end() :].removeprefix("t")
    return None, text


def _parts(match: re.Match[str], order: str, day_first: bool) -> tuple[int, int, int]:
    """Year, month and day of a match; month 0 where its name is none."""
    found = match.groups()
    if order == "compact":
        return int(found[0]), int(found[1]), int(found[2])
    if order == "numbers":
        first, second, third = int(found[0]), int(found[2]), int(found[3])
        if len(found[0]) > 2:
            return first, second, third
        return (third, second, first) if day_first else (third, first, second)
    day, name = (found[0], found[1]) if order == "named" else (found[1], found[0])
    return int(found[2]), MONTHS.index(name) + 1 if name in MONTHS else 0, int(day)


def _checked(year: int, month: int, day: int) -> datetime | None:
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _clock(text: str, alone: bool) -> float | None:
    """Hours since midnight; a late hour with PM behind it is taken as it is."""
    match = _CLOCK.search(text)
    if match is None and not alone:
        match = _COMPACT_CLOCK.fullmatch(text.strip(" tz"))
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match.groups()[3] or "")[:1] if match.re is _CLOCK else ""
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour + minute / 60 + second / 3600


def _day_first(texts: Sequence[str]) -> bool:
    """Whether dates without a leading year begin with the day."""
    found = [match for match in map(_DATE.search, texts) if match and len(match[1]) <= 2]
    days = sum(int(match[1]) > 12 for match in found)
    months = sum(int(match[3]) > 12 for match in found)
    return days >= months
