"""A measured electrocardiogram as one self-contained page, to look at and to print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecgpage.report.ecg_drawing import draw_beats, draw_leads, rhythm_lead
from ecgpage.report.overlay import draw_overlay, only_traces
from ecgpage.report.style import fill, picture_source, shrunk
from ecgpage.values import LEADS, Measured, Measurement, Page, Quantity, Range, Reading, Statement

PAGE_PX = 1400
Groups = Sequence[tuple[str, Sequence[Quantity]]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as it is shown: its words, whether it is out of range, and why it is missing."""

    text: str
    out: bool = False
    why: str = ""
    limits: str = ""
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity with its cells."""

    quantity: Quantity
    cells: tuple[Cell, ...]


def measured_page(
    measured: Measured,
    source: str,
    groups: Groups,
    caveats: Sequence[str] = (),
    page: Page | None = None,
    reading: Reading | None = None,
    header: bool = False,
) -> str:
    """The whole report as HTML.

    Parameters
    ----------
    measured:
        What was measured.
    source:
        What to call it.
    groups:
        The catalogue, for titles, units and normal limits.
    caveats:
        What this record cannot tell.
    page, reading:
        The original page and what was found on it, where it came from one.
    header:
        Show what stands beyond the traces too: it may say who the patient is.
    """
    from markupsafe import Markup

    age, sex = _person(measured)
    leads = tuple(lead for lead in LEADS if lead in measured.record.leads)
    overall, by_lead = tables(measured, groups, age, sex, leads)
    picture = None
    if page is not None:
        shown = page if header or reading is None else only_traces(page, reading)
        drawn = page.image if reading is None else draw_overlay(shown, reading)[..., ::-1]
        picture = picture_source(shrunk(drawn, PAGE_PX), "JPEG", 82)
    rhythm = rhythm_lead(measured.record)
    return fill(
        "measured.html",
        name=Path(source).name,
        source=source,
        measured=measured,
        verdict=measured.verdict,
        person=", ".join(
            word for word in (sex or "", f"{age:g} years" if age is not None else "") if word
        ),
        leads_svg=Markup(draw_leads(measured.record, measured.waves, rhythm)),
        beats_svg=Markup(draw_beats(measured.beats)),
        overall=overall,
        statements=[
            (one.statement, evidence(one, groups), one.source) for one in measured.findings
        ],
        by_lead=by_lead,
        leads=leads,
        caveats=caveats,
        page=picture,
        hidden=not header,
        reading=reading,
        number=number,
    )


def evidence(one: Statement, groups: Groups) -> str:
    """What a statement rests on, in the catalogue's words and units."""
    known = {quantity.name: quantity for _, quantities in groups for quantity in quantities}
    told = []
    for proof in one.evidence:
        quantity = known[proof["name"]]
        value = proof["value"]
        word = value if isinstance(value, str) else number(value, quantity.digits)
        unit = "" if quantity.unit in ("1", "word") else f" {quantity.unit}"
        lead = f" {proof['lead']}" if proof["lead"] else ""
        told.append(f"{quantity.title}{lead} {word}{unit} ({proof['limit']})")
    return "; ".join(told)


def tables(
    measured: Measured, groups: Groups, age: float | None, sex: str | None, leads: Sequence[str]
) -> tuple[list[tuple[str, list[Row]]], list[Row]]:
    """Rows over all leads by group, and rows with one cell a lead."""
    known = {(one.name, one.lead): one for one in measured.measurements}
    overall, by_lead = [], []
    for title, quantities in groups:
        rows = [
            Row(q, (make_cell(known[q.name, None], q, q.range_for(None, age, sex)),))
            for q in quantities
            if (q.name, None) in known
        ]
        if rows:
            overall.append((title, rows))
        by_lead += [
            Row(q, tuple(
                make_cell(known.get((q.name, lead)), q, q.range_for(lead, age, sex))
                for lead in leads
            ))
            for q in quantities
            if any((q.name, lead) in known for lead in leads)
        ]  # fmt: skip
    return overall, by_lead


def make_cell(one: Measurement | None, quantity: Quantity, limits: Range | None) -> Cell:
    """A value with its limits; a missing one with its reason."""
    if one is None:
        return Cell("")
    shown = "" if limits is None else _limits(limits)
    sure = "" if one.confidence is None else f"{100 * one.confidence:.0f} %"
    if isinstance(one.value, str):
        return Cell(SHORT.get(one.value, one.value), one.value in WORDS_OUT, "", shown, sure)
    if not math.isfinite(one.value):
        return Cell("–", False, one.reason, shown, "")
    out = limits is not None and (
        (limits.low is not None and one.value < limits.low)
        or (limits.high is not None and one.value > limits.high)
    )
    return Cell(number(one.value, quantity.digits), out, "", shown, sure)


SHORT = {
    "upright": "up", "inverted": "inv", "flat": "flat", "absent": "none",
    "biphasic (upright first)": "+/-", "biphasic (inverted first)": "-/+",
}  # fmt: skip
WORDS_OUT: tuple[str, ...] = ()
"""Polarity alone is never called out of range: aVR and V1 are inverted in health."""


def number(value: float, digits: int = 2) -> str:
    """A number with so many decimals, without a minus before zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def _limits(one: Range) -> str:
    if one.low is None:
        return f"up to {one.high:g}"
    return f"from {one.low:g}" if one.high is None else f"{one.low:g} to {one.high:g}"


def _person(measured: Measured) -> tuple[float | None, str | None]:
    notes = measured.record.notes
    try:
        age: float | None = float(notes["age"])
    except (KeyError, ValueError):
        age = None
    return age, notes.get("sex") or None
