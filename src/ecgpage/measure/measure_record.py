"""The whole way from a record to its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from ecgpage.measure.by_hand import correct
from ecgpage.measure.criteria import Person
from ecgpage.measure.find_waves import find_waves
from ecgpage.measure.findings import ask_rules, make_statements
from ecgpage.measure.median_beats import make_median_beats
from ecgpage.measure.person import person_of
from ecgpage.measure.take import take_measurements
from ecgpage.measure.verdict import give_verdict
from ecgpage.values import Measured, Record, Wave, Waves

VERSION = 6
"""Raised whenever measurements or verdicts change, so that ledgers do not keep old ones."""


def measure_record(
    record: Record, waves: Waves | None = None, corrections: Sequence[Wave] = ()
) -> Measured:
    """Find waves, take every measurement, ask the rules, and give a verdict.

    Parameters
    ----------
    record:
        Leads in mV; NaN where a lead was not seen. Age and sex in its notes choose limits.
    waves:
        Where they are known already; found otherwise.
    corrections:
        Waves as a person has set them (:func:`ecgpage.measure.correct`).
    """
    found = find_waves(record) if waves is None else waves
    found = correct(found, corrections)
    beats = make_median_beats(record, found, corrections)
    book = take_measurements(record, found, beats, corrections)
    person = Person(*person_of(record.notes))
    met = ask_rules(book, person)
    statements = make_statements(met)
    verdict = give_verdict(book, met, statements)
    why = verdict.reasons[0] if verdict.label == "Undetermined" else ""
    book.put("rules_score", verdict.rules_score, None, 1.0, why)
    book.put("rules_t_wave_score", verdict.rules_t_wave_score, None, 1.0, why)
    beats.signal_mv.setflags(write=False)
    return Measured(record, found, beats, book.ordered(record.leads), statements, verdict)
