"""Normal or abnormal, with reasons; or undetermined where too little was seen."""

from __future__ import annotations

import math

from ecgpage.measure.book import Book
from ecgpage.measure.catalogue import UPRIGHT_T
from ecgpage.measure.criteria import Met, Person, some
from ecgpage.measure.features import features
from ecgpage.measure.findings import ask_rules, rules_scores
from ecgpage.measure.model import load_model
from ecgpage.measure.person import person_of
from ecgpage.measure.rules import RULES
from ecgpage.values import LEADS, Measured, Refusal, Refused, Statement, Verdict

FEWEST_LEADS = 6
"""Fewer leads with a measured QRS and T wave are no ground for a verdict."""
LEAST_SURE = 0.1
"""Below this median confidence of the T amplitudes nothing is said."""
ABNORMAL = 0.5
INVERTED = 0.6
"""The least score of what is beyond doubt, where the model says less."""
MAJOR = 0.9
"""A rule of at least this weight is a major statement (bundle branch block, fibrillation, no P
waves, lateral T inversion): the score is at least :data:`INVERTED` times its degree, so that no
verdict of Normal stands above such a statement."""
nan = float("nan")


def give_verdict(book: Book, met: dict[str, Met], statements: tuple[Statement, ...]) -> Verdict:
    """The verdict of rules and model on what was measured."""
    by_rules, t_by_rules = rules_scores(met)
    measured = [lead for lead in LEADS if math.isfinite(book.number("t_mv", lead))
                and math.isfinite(book.number("qrs_pp_mv", lead))]  # fmt: skip
    sure = sorted(book.sure("t_mv", lead) for lead in measured)
    if len(measured) < FEWEST_LEADS:
        why = f"QRS and T were measured in {len(measured)} of 12 leads; {FEWEST_LEADS} are needed"
        return Verdict("Undetermined", nan, nan, nan, nan, (why,))
    if sure[len(sure) // 2] < LEAST_SURE:
        why = "the signal is too noisy to judge"
        return Verdict("Undetermined", nan, nan, nan, nan, (why,))
    found = features(book, met)
    model = load_model()
    score = by_rules if model is None else model.abnormal.score(found)
    t_score = t_by_rules if model is None else model.t_wave.score(found)
    score = by_rules if math.isnan(score) else max(score, _major(met))
    t_score = t_by_rules if math.isnan(t_score) else max(t_score, _inverted(book))
    label = "Abnormal" if score >= ABNORMAL else "Normal"
    parts = {} if model is None else model.abnormal.contributions(found)
    return Verdict(
        label, score, t_score, by_rules, t_by_rules, reasons(label, met, statements, parts)
    )


def _major(met: dict[str, Met]) -> float:
    """The least score that the major statements leave; 0 where none could be asked."""
    degrees = [met[rule.code].degree for rule in RULES if rule.weight >= MAJOR]
    return INVERTED * max((one for one in degrees if math.isfinite(one)), default=0.0)


def major_degree(measured: Measured) -> float:
    """The same for a measured record, for those who judge the model."""
    person = Person(*person_of(measured.record.notes))
    return _major(ask_rules(Book.of(measured.measurements), person))


def _inverted(book: Book) -> float:
    """What inverted T waves alone are worth: the model asks for T waves that are stated as such,
    and must not call those normal that come with ischaemia or hypertrophy."""
    met = some(book, "t_mv", UPRIGHT_T, lambda _lead: -0.1, -0.03, 2)
    return 0.0 if math.isnan(met.degree) else INVERTED * met.degree


def reasons(
    label: str, met: dict[str, Met], statements: tuple[Statement, ...], parts: dict[str, float]
) -> tuple[str, ...]:
    """Why this label: the statements, the heaviest first; else what moved the model most."""
    weight = {rule.code: rule.weight * met[rule.code].degree for rule in RULES}
    said = sorted(statements, key=lambda one: -weight[one.code])
    told = [one.statement for one in said]
    if label == "Normal":
        if not told:
            return ("no rule is met",)
        return ("what was found does not outweigh the normal measurements: " + "; ".join(told),)
    if told:
        return tuple(told)
    top = sorted(parts, key=lambda name: -parts[name])[:3]
    return ("no single rule is met; together most out of the way: " + ", ".join(top),)


def scores_of(measured: Measured, where: str) -> tuple[float, float]:
    """Score and T-wave score.

    Raises
    ------
    Refused
        ``undetermined``, where there is no verdict.
    """
    verdict = measured.verdict
    if verdict.label == "Undetermined":
        raise Refused(
            Refusal(where, "nothing can be said of this electrocardiogram",
                    "leads with beats, QRS complexes and T waves", verdict.reasons[0],
                    "Look at the page; digitise it with --overlay.", "undetermined")
        )  # fmt: skip
    return verdict.score, verdict.t_wave_score
