"""The rules: from measurements to statements, each with its source.

Thresholds are those of the sources named in each row; widths are what makes the limit soft
(see :mod:`ecgpage.measure.criteria`).
"""

from __future__ import annotations

import math

from ecgpage.measure.book import Book
from ecgpage.measure.catalogue import AHA1, AHA3, AHA4, AHA5, AHA6, MINNESOTA, ST, UDMI
from ecgpage.measure.criteria import (
    NOT_KNOWN,
    Criterion,
    Judge,
    Met,
    Person,
    above,
    below,
    both,
    either,
    proof,
    soft,
    some,
    turned,
)

MASON = "AHA/ACC/HRS 2007, part II (Mason)"
ANTERIOR, LATERAL, INFERIOR = ("V2", "V3", "V4"), ("I", "aVL", "V5", "V6"), ("II", "III", "aVF")
TERRITORIES = (
    ("anterior", ("V1", "V2", "V3", "V4")), ("lateral", LATERAL), ("inferior", INFERIOR),
)  # fmt: skip
LIMITED = ("I", "II", "V4", "V5", "V6")

Q_MS, Q_MV = 30.0, 0.1
"""A Q wave that tells of infarction: at least this long and deep (fourth universal definition)."""


def t_inverted(leads: tuple[str, ...], least: int = 2) -> Judge:
    """T at or below -0.1 mV in at least two of the leads (part IV: inverted; Minnesota 5-2).

    V2 counts in men only, and aVL and III, which may be inverted in health, only with an
    upright QRS.
    """

    def judge(book: Book, person: Person) -> Met:
        def counts(lead: str) -> bool:
            if lead == "V2":
                return person.sex == "male"
            return lead not in ("aVL", "III") or book.number("r_mv", lead) > 0.5

        return some(book, "t_mv", leads, lambda _lead: -0.1, -0.04, least, counts)

    return judge


def t_biphasic(book: Book, _person: Person) -> Met:
    """A negative part of at least 0.1 mV beside a positive one, in two of I, II, V3 to V6."""
    found = []
    for lead in ("I", "II", "V3", "V4", "V5", "V6"):
        word = book.word("t_polarity", lead)
        if word:
            low = min(book.number("t_mv", lead), book.number("t_second_mv", lead))
            found.append((soft(low, -0.1, -0.03) if word.startswith("biphasic") else 0.0, lead))
    if len(found) < 2:
        return Met(float("nan"))
    found.sort(reverse=True)
    shown = tuple(proof(book, "t_polarity", lead, "upright") for d, lead in found if d >= 0.5)
    return Met(found[1][0], shown)


def t_flat(book: Book, _person: Person) -> Met:
    """T peak between -0.1 and 0.1 mV in three of I, II, V4 to V6 (part IV; two is borderline)."""
    return some(book, "t_mv", LIMITED, lambda _lead: 0.1, -0.025, 3)


def t_low(book: Book, _person: Person) -> Met:
    """T below a tenth of R in two of I, II, V4 to V6 (part IV: low amplitude)."""
    return some(book, "t_over_r", LIMITED, lambda _lead: 0.1, -0.025, 2)


def st_depressed(leads: tuple[str, ...]) -> Judge:
    """ST at J+80 and J below -0.05 mV in two leads (Minnesota 4-2; part VI in V2, V3)."""

    def judge(book: Book, _person: Person) -> Met:
        late = some(book, "st_j80_mv", leads, lambda _lead: -0.05, -0.015)
        at_j = some(book, "st_j_mv", leads, lambda _lead: -0.03, -0.015)
        return Met(both(late, at_j).degree, late.evidence)

    return judge


def st_raised(leads: tuple[str, ...]) -> Judge:
    """ST at J above the limits of part VI for lead, age and sex, in two leads."""

    def judge(book: Book, person: Person) -> Met:
        def limit(lead: str) -> float:
            fitting = [
                one.high for one in ST
                if lead in one.leads and one.high is not None
                and (not one.sex or person.sex is None or one.sex == person.sex)
                and (person.age_y is None or one.from_age_y <= person.age_y < one.to_age_y)
            ]  # fmt: skip
            return max(fitting, default=0.1)

        return some(book, "st_j_mv", leads, limit, 0.025)

    return judge


def infarct_q(leads: tuple[str, ...]) -> Judge:
    """Q waves of at least 30 ms and 0.1 mV, or QS, in two neighbouring leads.

    In V2 and V3 any Q of 20 ms counts; V1 does not count at all.
    """

    def judge(book: Book, _person: Person) -> Met:
        found = []
        for lead in leads:
            depth, length = -book.number("q_mv", lead), book.number("q_ms", lead)
            r = book.number("r_mv", lead)
            if not math.isfinite(depth) or lead == "V1":
                continue
            limit = 20.0 if lead in ("V2", "V3") else Q_MS
            degree = min(soft(length, limit, 4.0), soft(depth, Q_MV, 0.03))
            if lead in ("III", "aVL"):
                degree = min(degree, soft(depth, 0.25 * max(r, 0.0), 0.05))
            found.append((degree, lead))
        if len(found) < 2:
            return Met(float("nan"))
        found.sort(reverse=True)
        shown = tuple(
            proof(book, name, lead, limit)
            for d, lead in found if d >= 0.5
            for name, limit in (("q_ms", f"from {20 if lead in ('V2', 'V3') else Q_MS:g}"),
                                ("q_mv", f"to {-Q_MV:g}"))
        )  # fmt: skip
        return Met(found[1][0], shown)

    return judge


def poor_r(book: Book, _person: Person) -> Met:
    """R in V3 at most 0.3 mV and not falling from V2 (poor R-wave progression)."""
    r3, r2 = book.number("r_mv", "V3"), book.number("r_mv", "V2")
    if not (math.isfinite(r3) and math.isfinite(r2)):
        return Met(float("nan"))
    return Met(soft(r3, 0.3, -0.06), (proof(book, "r_mv", "V3", "above 0.3"),))


def falling_r(book: Book, _person: Person) -> Met:
    """R falling to at most 0.2 mV between V2 and V5, not with left block (Minnesota 1-2-8)."""
    found = []
    for before, lead in (("V2", "V3"), ("V3", "V4"), ("V4", "V5")):
        r, last = book.number("r_mv", lead), book.number("r_mv", before)
        if math.isfinite(r) and math.isfinite(last):
            shown = (proof(book, "r_mv", before, f"above {lead}"),
                     proof(book, "r_mv", lead, "up to 0.2"))  # fmt: skip
            found.append(Met(min(soft(r, 0.2, -0.03), soft(last - r, 0.02, 0.02)), shown))
    return max(found, key=lambda one: one.degree, default=NOT_KNOWN)


def cornell(book: Book, person: Person) -> Met:
    """Cornell voltage above 2.8 mV in men and 2.0 mV in women (2.8 where sex is unknown)."""
    return above("cornell_mv", 2.0 if person.sex == "female" else 2.8, 0.15)(book, person)


def lvh(book: Book, person: Person) -> Met:
    """Sokolow-Lyon at least 3.5 mV, Cornell, or R in aVL above 1.1 mV (part V)."""
    if person.age_y is not None and person.age_y < 16:
        return Met(float("nan"))
    return either(
        above("sokolow_lyon_mv", 3.5, 0.2)(book, person),
        cornell(book, person),
        above("r_mv", 1.1, 0.06, "aVL")(book, person),
    )


def rvh(book: Book, person: Person) -> Met:
    """R in V1 above 0.6 mV and larger than S, with an axis beyond 90 degrees (part V)."""
    r, s = book.number("r_mv", "V1"), -book.number("s_mv", "V1")
    if not (math.isfinite(r) and math.isfinite(s)):
        return Met(float("nan"))
    larger = Met(soft(r - s, 0.0, 0.1), (proof(book, "r_mv", "V1", "above S in V1"),))
    right = above("qrs_axis_deg", 90.0, 8.0)(book, person)
    return both(larger, right, above("r_mv", 0.6, 0.08, "V1")(book, person))


def long_qt(book: Book, person: Person) -> Met:
    """QTc (Fridericia) from 450 ms in men and 460 ms in women (part IV)."""
    return above("qtc_fridericia_ms", 450.0 if person.sex == "male" else 460.0, 6.0)(book, person)


def wide_qrs(book: Book, person: Person) -> Met:
    """QRS from 120 ms (part III)."""
    return above("qrs_ms", 120.0, 4.0)(book, person)


def late_right(book: Book, _person: Person) -> Met:
    """An R' in V1 or V2, or a broad R alone in V1, with an S in I or V6 (part III)."""
    primes = [book.number("r2_mv", lead) for lead in ("V1", "V2")]
    r, s = book.number("r_mv", "V1"), -book.number("s_mv", "V1")
    best = max((v for v in primes if math.isfinite(v)), default=float("nan"))
    if not (math.isfinite(best) and math.isfinite(r)):
        return Met(float("nan"))
    prime = Met(soft(best, 0.05, 0.02), (proof(book, "r2_mv", "V1", "above 0.05"),))
    alone = Met(soft(r - s, 0.1, 0.1), (proof(book, "r_mv", "V1", "above S in V1"),))
    s6 = max((-book.number("s_mv", lead) for lead in ("I", "V6")
              if math.isfinite(book.number("s_mv", lead))), default=float("nan"))  # fmt: skip
    tail = Met(soft(s6, 0.1, 0.03), (proof(book, "s_mv", "V6", "below -0.1"),))
    return both(either(prime, alone), tail) if math.isfinite(s6) else either(prime, alone)


def left_block(book: Book, person: Person) -> Met:
    """Broad QRS, no Q in I and V6, and rS or QS in V1 (part III)."""
    v1 = book.number("r_mv", "V1") + book.number("s_mv", "V1")
    q6 = book.number("q_mv", "V6")
    if not (math.isfinite(v1) and math.isfinite(q6)):
        return Met(float("nan"))
    down = Met(soft(v1, 0.0, -0.15), (proof(book, "s_mv", "V1", "deeper than R"),))
    no_q = Met(soft(q6, -0.05, 0.02), (proof(book, "q_mv", "V6", "above -0.05"),))
    broad = above("qrs_ms", 125.0, 4.0)(book, person)
    return both(broad, down, no_q)


def right_block(book: Book, person: Person) -> Met:
    """QRS from 120 ms with the late forces of :func:`late_right`."""
    return both(wide_qrs(book, person), late_right(book, person))


def incomplete_right(book: Book, person: Person) -> Met:
    """As right bundle branch block, with a QRS of 100 to 120 ms."""
    return both(
        above("qrs_ms", 100.0, 4.0)(book, person),
        turned(wide_qrs(book, person)),
        late_right(book, person),
    )


def other_delay(book: Book, person: Person) -> Met:
    """QRS from 120 ms that fits neither bundle branch block."""
    wide, right = wide_qrs(book, person), right_block(book, person)
    left = left_block(book, person)
    rest = [turned(one) for one in (right, left) if not math.isnan(one.degree)]
    return Met(both(wide, *rest).degree, wide.evidence)


def left_fascicle(book: Book, person: Person) -> Met:
    """Axis from -45 to -90 degrees with QRS below 120 ms (part III)."""
    return both(
        below("qrs_axis_deg", -45.0, 5.0)(book, person),
        above("qrs_axis_deg", -95.0, 5.0)(book, person),
        turned(wide_qrs(book, person)),
    )


def fibrillation(book: Book, person: Person) -> Met:
    """RR irregular beyond 0.08 and P waves before less than half of the beats."""
    return both(
        above("rr_irregularity", 0.08, 0.015)(book, person),
        below("p_share", 0.5, 0.1)(book, person),
    )


def irregular(book: Book, person: Person) -> Met:
    """RR irregular beyond 0.12 while P waves are seen."""
    return both(
        above("rr_irregularity", 0.12, 0.03)(book, person),
        above("p_share", 0.5, 0.1)(book, person),
    )


def no_p(book: Book, person: Person) -> Met:
    """P waves before less than a quarter of the beats, at a rate up to 120.

    Junctional and paced rhythms, flutter, and fibrillation that happens to be even. In a faster
    heart P waves can lie within T waves, where they are not found.
    """
    slow = Met(below("heart_rate_bpm", 120.0, 4.0)(book, person).degree)
    return both(below("p_share", 0.25, 0.08)(book, person), slow)


def septal_qs(book: Book, person: Person) -> Met:
    """QS in V1 and V2 (R below 0.1 mV), not with high voltage or a broad QRS (Minnesota 1-3-2)."""
    found = [
        both(
            Met(soft(-book.number("q_mv", lead), 0.2, 0.05),
                (proof(book, "q_mv", lead, "below -0.2"),)),
            Met(soft(book.number("r_mv", lead), 0.1, -0.02)),
        )
        for lead in ("V1", "V2")
    ]  # fmt: skip
    return both(*found, turned(_bare(lvh(book, person))), turned(_bare(wide_qrs(book, person))))


def _bare(part: Met) -> Met:
    """The degree alone: what speaks against a statement is no evidence for it."""
    return Met(part.degree)


def low_voltage(book: Book, person: Person) -> Met:
    """QRS below 0.5 mV in every limb lead, or below 1.0 mV in every chest lead."""
    return either(
        below("limb_voltage_mv", 0.5, 0.05)(book, person),
        below("chest_voltage_mv", 1.0, 0.08)(book, person),
    )


def _rule(
    code: str, statement: str, source: str, weight: float, t_weight: float, judge: Judge
) -> Criterion:
    return Criterion(code, statement, source, weight, t_weight, judge)


RULES: tuple[Criterion, ...] = (
    _rule("af", "Irregular rhythm without P waves, suggests atrial fibrillation",
          f"{MINNESOTA} 8-3", 0.95, 0.1, fibrillation),
    _rule("irregular", "Irregular rhythm", f"{MINNESOTA} 8-9", 0.3, 0.0, irregular),
    _rule("no-p", "No P waves before the QRS complexes (no sinus rhythm seen)",
          f"{MINNESOTA} 8-3, 8-4", 0.9, 0.0, no_p),
    _rule("ectopic", "Beats of another shape (extrasystoles, pacing or aberration)",
          f"{MINNESOTA} 8-1", 0.85, 0.0, above("other_beats_share", 0.05, 0.02)),
    _rule("brady", "Bradycardia", f"{MINNESOTA} 8-8", 0.25, 0.0,
          below("heart_rate_bpm", 50.0, 2.0)),
    _rule("tachy", "Tachycardia", f"{MINNESOTA} 8-7", 0.6, 0.1,
          above("heart_rate_bpm", 100.0, 3.0)),
    _rule("long-pr", "Long PR interval (first-degree AV block)", AHA1, 0.7, 0.0,
          above("pr_ms", 205.0, 8.0)),
    _rule("short-pr", "Short PR interval", AHA1, 0.2, 0.0, below("pr_ms", 110.0, 6.0)),
    _rule("lbbb", "Left bundle branch block", AHA3, 0.97, 0.3, left_block),
    _rule("rbbb", "Right bundle branch block", AHA3, 0.95, 0.1, right_block),
    _rule("irbbb", "Incomplete right bundle branch block", AHA3, 0.5, 0.0, incomplete_right),
    _rule("ivcd", "Intraventricular conduction delay", AHA3, 0.8, 0.1, other_delay),
    _rule("lafb", "Left anterior fascicular block", AHA3, 0.8, 0.0, left_fascicle),
    _rule("lad", "Left axis deviation", AHA3, 0.5, 0.0, below("qrs_axis_deg", -30.0, 6.0)),
    _rule("rad", "Right axis deviation", AHA3, 0.5, 0.0, above("qrs_axis_deg", 100.0, 8.0)),
    _rule("lvh", "Left ventricular hypertrophy by voltage", AHA5, 0.6, 0.1, lvh),
    _rule("rvh", "Right ventricular hypertrophy by voltage", AHA5, 0.7, 0.1, rvh),
    _rule("low-voltage", "Low QRS voltage", MASON, 0.4, 0.1, low_voltage),
    _rule("p-wide", "Broad P wave (left atrial abnormality)", AHA5, 0.3, 0.0,
          above("p_ms", 125.0, 5.0)),
    _rule("p-tall", "Tall P wave in II (right atrial abnormality)", AHA5, 0.4, 0.0,
          above("p_mv", 0.25, 0.02, "II")),
    *(_rule(f"q-{name}", f"Q waves, {name} (old infarction?)", UDMI, 0.8, 0.1, infarct_q(leads))
      for name, leads in TERRITORIES),
    _rule("qs-septal", "QS in V1 and V2 (septal infarction?)", f"{MINNESOTA} 1-3-2", 0.7, 0.0,
          septal_qs),
    _rule("r-falls", "R falls to 0.2 mV or less between V2 and V5 (anterior infarction?)",
          f"{MINNESOTA} 1-2-8", 0.7, 0.0, falling_r),
    _rule("poor-r", "Poor R-wave progression", f"R in V3 to 0.3 mV; cf. {MINNESOTA} 1, 9", 0.4,
          0.0, poor_r),
    *(_rule(f"st-down-{name}", f"ST depression, {name}", f"{MINNESOTA} 4, {AHA6}", 0.85, 0.5,
            st_depressed(leads)) for name, leads in TERRITORIES),
    *(_rule(f"st-up-{name}", f"ST elevation, {name}", AHA6, 0.5, 0.1, st_raised(leads))
      for name, leads in TERRITORIES),
    _rule("t-inv-anterior", "T inversion, anterior", f"{AHA4}; {MINNESOTA} 5", 0.85, 0.95,
          t_inverted(ANTERIOR)),
    _rule("t-inv-lateral", "T inversion, lateral", f"{AHA4}; {MINNESOTA} 5", 0.95, 0.95,
          t_inverted(LATERAL)),
    _rule("t-inv-inferior", "T inversion, inferior", f"{AHA4}; {MINNESOTA} 5", 0.85, 0.9,
          t_inverted(INFERIOR)),
    _rule("t-biphasic", "Biphasic T waves", f"{MINNESOTA} 5-3", 0.7, 0.85, t_biphasic),
    _rule("t-flat", "Flat T waves", f"{AHA4}; {MINNESOTA} 5-3", 0.8, 0.9, t_flat),
    _rule("t-low", "Low T waves (below a tenth of R)", f"{AHA4}; {MINNESOTA} 5-4", 0.7, 0.85,
          t_low),
    _rule("t-axis", "Wide QRS-T angle", "Aro AL et al. Europace 2012;14:872-876", 0.6, 0.6,
          above("qrs_t_angle_deg", 100.0, 12.0)),
    _rule("long-qt", "Long QT interval", AHA4, 0.6, 0.4, long_qt),
    _rule("short-qt", "Short QT interval", "Priori SG et al. Heart Rhythm 2013;10:1932-1963", 0.2,
          0.1, below("qtc_fridericia_ms", 350.0, 6.0)),
)  # fmt: skip
"""Every rule, in the order in which statements are told."""


def rules_table() -> str:
    """The rules as Markdown, for the documentation."""
    lines = ["| code | statement | source | weight | T weight |", "|---|---|---|---|---|"]
    lines += [
        f"| `{r.code}` | {r.statement} | {r.source} | {r.weight:g} | {r.t_weight:g} |"
        for r in RULES
    ]
    return "\n".join(lines)
