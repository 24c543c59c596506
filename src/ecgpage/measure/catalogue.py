"""The one table of what is measured: names, units, definitions, normal limits and their sources.

The command line, the JSON, the HTML report and the reference page of the documentation are
all made from :data:`CATALOGUE`.

References
----------
.. [AHA1] Kligfield P et al. Recommendations for the standardization and interpretation of the
   electrocardiogram, part I. J Am Coll Cardiol 2007;49:1109-1127.
.. [AHA3] Surawicz B et al. Part III: intraventricular conduction disturbances. J Am Coll
   Cardiol 2009;53:976-981.
.. [AHA4] Rautaharju PM et al. Part IV: the ST segment, T and U waves, and the QT interval.
   J Am Coll Cardiol 2009;53:982-991.
.. [AHA5] Hancock EW et al. Part V: cardiac chamber hypertrophy. J Am Coll Cardiol
   2009;53:992-1002.
.. [AHA6] Wagner GS et al. Part VI: acute ischemia/infarction. J Am Coll Cardiol
   2009;53:1003-1011.
.. [MC] Prineas RJ, Crow RS, Zhang Z-M. The Minnesota Code Manual of Electrocardiographic
   Findings, 2nd ed. Springer 2010.
.. [UDMI] Thygesen K et al. Fourth universal definition of myocardial infarction (2018).
   Circulation 2018;138:e618-e651.
"""

from __future__ import annotations

from ecgpage.values import LEADS, Quantity, Range

AHA1, AHA3, AHA4, AHA5, AHA6 = (
    "AHA/ACC/HRS 2007, part I (Kligfield)",
    "AHA/ACC/HRS 2009, part III (Surawicz)",
    "AHA/ACC/HRS 2009, part IV (Rautaharju)",
    "AHA/ACC/HRS 2009, part V (Hancock)",
    "AHA/ACC/HRS 2009, part VI (Wagner)",
)
MINNESOTA = "Minnesota Code (Prineas 2010)"
UDMI = "Fourth universal definition of myocardial infarction (Thygesen 2018)"
CHILDREN = "children: Rijnbeek PR et al. Eur Heart J 2001;22:702-711, rounded"

UPRIGHT_T = ("I", "II", "V3", "V4", "V5", "V6")
"""Leads in which the T wave of an adult is upright (AHA/ACC/HRS 2009, part IV)."""
FULL_T = ("I", "II", "V4", "V5", "V6")
"""Leads in which a T peak between -0.1 and 0.1 mV is called flat (the same source)."""

QTC = (Range(360, 450, "male"), Range(360, 460, "female"))
"""Prolonged from 450 ms in men and 460 ms in women (part IV); short to 360 ms (Priori SG et al.
Heart Rhythm 2013;10:1932-1963)."""

ST = (
    Range(-0.05, 0.2, "male", 40, 200, ("V2", "V3")),
    Range(-0.05, 0.25, "male", 0, 40, ("V2", "V3")),
    Range(-0.05, 0.15, "female", 0, 200, ("V2", "V3")),
    Range(-0.1, 0.1, leads=tuple(lead for lead in LEADS if lead not in ("V2", "V3", "aVR"))),
)
"""Limits of J-point shift by lead, age and sex (part VI), mV."""


def _q(
    name: str, title: str, unit: str, scope: str, how: str, source: str = "",
    *ranges: Range, amplitude: bool = False, digits: int = 0,
) -> Quantity:  # fmt: skip
    return Quantity(name, title, unit, scope, how, source, ranges, amplitude, digits)


RHYTHM = (
    _q("heart_rate_bpm", "Heart rate", "bpm", "record", "60 s over the mean RR interval",
       f"adults: 60 to 100 by convention; {CHILDREN}", Range(60, 100, from_age_y=16),
       Range(60, 120, from_age_y=8, to_age_y=16), Range(75, 140, from_age_y=1, to_age_y=8),
       Range(100, 180, to_age_y=1)),
    _q("rr_ms", "Mean RR interval", "ms", "record", "mean distance of neighbouring R peaks"),
    _q("rr_sd_ms", "SD of RR", "ms", "record", "standard deviation of the RR intervals"),
    _q("rr_rmssd_ms", "RMSSD of RR", "ms", "record", "root mean square of successive differences"),
    _q("rr_irregularity", "RR irregularity", "1", "record",
       "median absolute successive difference of RR over the median RR; atrial fibrillation lies "
       "mostly above 0.08", "Tateno K, Glass L. Med Biol Eng Comput 2001;39:664-671, the idea",
       Range(None, 0.08), digits=3),
    _q("beat_count", "Beats", "1", "record", "R peaks on the record"),
    _q("other_beats_share", "Beats of another shape", "1", "record",
       "share of beats whose QRS correlates below 0.85 with the commonest one", "",
       Range(None, 0.0), digits=2),
    _q("p_share", "Beats with a P wave", "1", "record",
       "share of beats before which a P wave was found in at least a quarter of the leads seen",
       "", Range(0.6, None), digits=2),
)  # fmt: skip

INTERVALS = (
    _q("p_ms", "P duration", "ms", "record", "first onset to last end over the leads (quantiles)",
       f"below 120: {AHA5}", Range(None, 120)),
    _q("pr_ms", "PR interval", "ms", "both", "P onset to QRS onset",
       f"adults 120 to 200: {AHA1}; {CHILDREN}", Range(120, 200, from_age_y=16),
       Range(95, 180, to_age_y=16)),
    _q("qrs_ms", "QRS duration", "ms", "both", "QRS onset to QRS end",
       f"up to 110, to 100 below 16 and to 90 below 4 years: {AHA3}",
       Range(None, 110, from_age_y=16), Range(None, 100, from_age_y=4, to_age_y=16),
       Range(None, 90, to_age_y=4)),
    _q("qt_ms", "QT interval", "ms", "both", "QRS onset to T end"),
    _q("qtc_bazett_ms", "QTc (Bazett)", "ms", "record", "QT / RR^(1/2), RR in s",
       f"Bazett 1920; prolonged: {AHA4}; short: Priori 2013", *QTC),
    _q("qtc_fridericia_ms", "QTc (Fridericia)", "ms", "record", "QT / RR^(1/3)",
       f"Fridericia 1920; prolonged: {AHA4}; short: Priori 2013", *QTC),
    _q("qtc_framingham_ms", "QTc (Framingham)", "ms", "record", "QT + 154 (1 - RR)",
       f"Sagie 1992; prolonged: {AHA4}; short: Priori 2013", *QTC),
    _q("qtc_hodges_ms", "QTc (Hodges)", "ms", "record", "QT + 1.75 (rate - 60)",
       f"Hodges 1983; prolonged: {AHA4}; short: Priori 2013", *QTC),
    _q("t_peak_end_ms", "T peak to T end", "ms", "both", "T peak to T end"),
)  # fmt: skip

AXES = (
    _q("p_axis_deg", "P axis", "deg", "record", "from the areas in I and aVF",
       "0 to 75 by convention", Range(0, 75)),
    _q("qrs_axis_deg", "QRS axis", "deg", "record", "from the areas in I and aVF",
       f"-30 to 90 in adults: {AHA3}", Range(-30, 90, from_age_y=16), Range(0, 120, to_age_y=16)),
    _q("t_axis_deg", "T axis", "deg", "record", "from the areas in I and aVF",
       "15 to 75: Kors JA et al. Lancet 1998;352:601-605", Range(15, 75)),
    _q("qrs_t_angle_deg", "Frontal QRS-T angle", "deg", "record",
       "smallest angle between QRS and T axis",
       "wide from 100: Aro AL et al. Europace 2012;14:872-876", Range(None, 100)),
)  # fmt: skip

VOLTAGES = (
    _q("sokolow_lyon_mv", "Sokolow-Lyon voltage", "mV", "record", "S in V1 + larger R of V5, V6",
       f"below 3.5: {AHA5}", Range(None, 3.5, from_age_y=16), amplitude=True, digits=2),
    _q("cornell_mv", "Cornell voltage", "mV", "record", "R in aVL + S in V3",
       f"to 2.8 in men, to 2.0 in women: {AHA5}", Range(None, 2.8, "male", 16),
       Range(None, 2.0, "female", 16), amplitude=True, digits=2),
    _q("limb_voltage_mv", "Largest limb-lead QRS", "mV", "record",
       "largest peak-to-peak QRS in I, II, III, aVR, aVL, aVF",
       "low below 0.5 in every limb lead: AHA/ACC/HRS 2007, part II (Mason)", Range(0.5, None),
       amplitude=True, digits=2),
    _q("chest_voltage_mv", "Largest chest-lead QRS", "mV", "record",
       "largest peak-to-peak QRS in V1 to V6",
       "low below 1.0 in every chest lead: AHA/ACC/HRS 2007, part II (Mason)", Range(1.0, None),
       amplitude=True, digits=2),
)  # fmt: skip

LOOP = (
    _q("tcrt", "Total cosine R to T", "1", "record",
       "mean cosine between the QRS vectors and the largest T vector in the three main "
       "components of I, II, V1 to V6", "Acar B et al. Med Biol Eng Comput 1999;37:574-584",
       digits=2),
    _q("t_asymmetry", "T asymmetry", "1", "both",
       "rms difference of the rising and the mirrored falling slope, over the rms slope; record: "
       "on the first component of the T wave",
       "after Andersen MP et al. J Electrocardiol 2007;40:S49 (definition of this table)",
       digits=2),
    _q("t_flatness", "T flatness", "1", "both",
       "one over the kurtosis of the T wave taken as a distribution over time",
       "after Andersen 2007 (definition of this table)", digits=2),
    _q("t_notch", "T notching", "1", "both",
       "depth of the deepest dent between two peaks of the T wave, over its height",
       "after Andersen 2007 (definition of this table)", Range(None, 0.1), digits=2),
    _q("t_morphology_score", "T morphology combination score", "1", "record",
       "asymmetry + notch + 1.6 flatness, of the first component", "after Andersen 2007",
       digits=2),
    _q("st_t_discordance", "ST-T discordance", "1", "record",
       "share of leads whose T area points against their QRS area, without V1, V2 and III",
       "", digits=2),
)  # fmt: skip

WAVE_SHAPES = (
    _q("p_mv", "P amplitude", "mV", "lead", "largest deflection between P onset and end",
       f"below 0.25 in II: {AHA5}", Range(None, 0.25, leads=("II", "III", "aVF")),
       amplitude=True, digits=3),
    _q("q_mv", "Q amplitude", "mV", "lead", "depth of the first negative deflection, as a "
       "negative number; 0 where there is none", amplitude=True, digits=3),
    _q("q_ms", "Q duration", "ms", "lead", "how long it stays below the QRS onset's level",
       f"below 30 in I, II, aVL, aVF, V4 to V6: {UDMI}",
       Range(None, 30, leads=("I", "II", "aVL", "aVF", "V4", "V5", "V6"))),
    _q("r_mv", "R amplitude", "mV", "lead", "height of the largest positive deflection; 0 where "
       "there is none", amplitude=True, digits=3),
    _q("s_mv", "S amplitude", "mV", "lead", "depth of the deepest deflection after R (of QS "
       "where there is no R), as a negative number", amplitude=True, digits=3),
    _q("r2_mv", "R' amplitude", "mV", "lead", "second positive deflection after an S",
       amplitude=True, digits=3),
    _q("qrs_pp_mv", "QRS peak to peak", "mV", "lead", "highest less lowest point of the QRS",
       amplitude=True, digits=3),
    _q("st_j_mv", "ST level at J", "mV", "lead", "at the QRS end over all leads, against the "
       "level before the QRS", f"by lead, age and sex: {AHA6}", *ST, amplitude=True, digits=3),
    _q("st_j60_mv", "ST level at J+60", "mV", "lead", "60 ms later", f"as at J: {AHA6}", *ST,
       amplitude=True, digits=3),
    _q("st_j80_mv", "ST level at J+80", "mV", "lead", "80 ms later", f"as at J: {AHA6}", *ST,
       amplitude=True, digits=3),
    _q("t_polarity", "T polarity", "word", "lead",
       "upright, inverted, biphasic (upright first), biphasic (inverted first), flat (below "
       "0.05 mV) or absent (below the noise)", f"{MINNESOTA} 5, {AHA4}"),
    _q("t_mv", "T amplitude", "mV", "lead", "its larger peak, with sign",
       f"above 0.1 in I, II, V4 to V6 (below: flat), not negative in V3: {AHA4}",
       Range(0.1, None, leads=FULL_T), Range(0.0, None, leads=("V3",)),
       amplitude=True, digits=3),
    _q("t_second_mv", "T's other peak", "mV", "lead", "the peak of the other sign; 0 where there "
       "is none", amplitude=True, digits=3),
    _q("t_over_r", "T over R", "1", "lead", "T amplitude over R amplitude, where R is at least "
       "0.3 mV", f"low below 0.1: {AHA4}", Range(0.1, None, leads=FULL_T), digits=2),
)  # fmt: skip

SCORES = (
    _q("rules_score", "Abnormality by rules alone", "1", "record",
       "the findings' criteria with soft limits, joined; 0 to 1", digits=3),
    _q("rules_t_wave_score", "T-wave abnormality by rules alone", "1", "record",
       "the T-wave criteria with soft limits, joined; 0 to 1", digits=3),
)  # fmt: skip

GROUPS: tuple[tuple[str, tuple[Quantity, ...]], ...] = (
    ("Rhythm", RHYTHM),
    ("Intervals", INTERVALS),
    ("Axes", AXES),
    ("Voltages", VOLTAGES),
    ("T wave and loop", LOOP),
    ("Lead by lead", WAVE_SHAPES),
    ("Scores", SCORES),
)
"""The catalogue in the order in which it is shown."""

CATALOGUE: dict[str, Quantity] = {
    quantity.name: quantity for _, group in GROUPS for quantity in group
}
"""Every quantity by its name."""


def reference_table() -> str:
    """The catalogue as Markdown, for the documentation."""
    lines = []
    for title, group in GROUPS:
        lines += [f"### {title}", "", "| name | what | unit | normal | how | source |",
                  "|---|---|---|---|---|---|"]  # fmt: skip
        lines += [
            f"| `{q.name}` | {q.title}{'' if q.scope == 'record' else f' ({_scope(q)})'} | "
            f"{q.unit} | {'; '.join(map(_range, q.ranges)) or '-'} | {q.how} | {q.source or '-'} |"
            for q in group
        ]
        lines.append("")
    return "\n".join(lines)


def _scope(quantity: Quantity) -> str:
    return "each lead" if quantity.scope == "lead" else "over all and each lead"


def _range(one: Range) -> str:
    if one.low is None:
        limits = f"up to {one.high:g}"
    elif one.high is None:
        limits = f"from {one.low:g}"
    else:
        limits = f"{one.low:g} to {one.high:g}"
    who = [one.sex] if one.sex else []
    if one.from_age_y > 0:
        who.append(f"from {one.from_age_y:g} y")
    if one.to_age_y < 200:
        who.append(f"below {one.to_age_y:g} y")
    if one.leads:
        who.append(", ".join(one.leads))
    return limits + (f" ({'; '.join(who)})" if who else "")
