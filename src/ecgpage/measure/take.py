"""Take every measurement of the catalogue from waves and median beats."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure import loop
from ecgpage.measure.book import Book
from ecgpage.measure.bounds import lead_bounds
from ecgpage.measure.qrs import TAIL_S, QrsShape, measure_qrs
from ecgpage.measure.rhythm import Rhythm, measure_rhythm
from ecgpage.measure.t_wave import TShape, describe, measure_t
from ecgpage.values import MedianBeats, Record, Wave, Waves

Array = NDArray[np.float64]
nan = float("nan")

CALM_MV = 0.03
"""Fast noise at which confidence has fallen to a half (single beat, standard deviation)."""
LEAST_R_MV = 0.3
"""R waves below this are too small to compare a T wave with (AHA 2009, part IV, for aVL)."""
SPREAD_S = 0.03
"""Spread of a bound over leads at which confidence has fallen to a half."""
ST_FREE_S = 0.04
"""The T wave is looked for from this long after the QRS end."""
BEYOND_S = 0.06
"""... to this long after its end over all leads."""
USUAL_QT_S = 0.40
"""QT at 60 beats a minute, to look for T waves where none were bounded (scaled as Fridericia)."""
QRS_NAMES = ("q_mv", "q_ms", "r_mv", "s_mv", "r2_mv", "qrs_pp_mv")
ST_NAMES = ("st_j_mv", "st_j60_mv", "st_j80_mv")
T_NAMES = (
    "t_polarity", "t_mv", "t_second_mv", "t_over_r", "t_asymmetry", "t_flatness", "t_notch",
)  # fmt: skip
NO_BEAT = "no beat was found"
NOT_SEEN = "the lead was not seen through a whole beat"


def take_measurements(
    record: Record, waves: Waves, beats: MedianBeats, by_hand: Sequence[Wave] = ()
) -> Book:
    """Every measurement of a record; a person's marks count before those that were found."""
    book = Book()
    rhythm = measure_rhythm(record, waves, beats)
    put_rhythm(book, rhythm, beats)
    put_intervals(book, record, waves, beats, rhythm, by_hand)
    areas = {lead: put_lead(book, record, beats, rhythm, lead) for lead in beats.leads}
    put_axes(book, areas)
    put_voltages(book)
    put_loop(book, beats, areas)
    return book


def calm(beats: MedianBeats, record: Record, lead: str) -> float:
    """How far a lead's noise, its beats and its maker let it be trusted, 0 to 1."""
    row = beats.leads.index(lead)
    noise, count = beats.noise_mv[row], beats.counts[row]
    if count == 0 or not math.isfinite(noise):
        return 0.0
    return record.confidence.get(lead, 1.0) * (1 - 0.4**count) / (1 + (noise / CALM_MV) ** 2)


def put_rhythm(book: Book, rhythm: Rhythm, beats: MedianBeats) -> None:
    """Rate and regularity."""
    few = "fewer than two beats were found"
    fewer = "fewer than four beats were found"
    n = rhythm.rr_s.size
    sure = 1 - 0.5**n
    book.put("heart_rate_bpm", rhythm.rate_bpm, None, sure, few)
    book.put("rr_ms", 1000 * float(rhythm.rr_s.mean()) if n else nan, None, sure, few)
    book.put("rr_sd_ms", 1000 * rhythm.sd_s, None, sure, fewer)
    book.put("rr_rmssd_ms", 1000 * rhythm.rmssd_s, None, sure, fewer)
    book.put("rr_irregularity", rhythm.irregularity, None, sure, fewer)
    book.put("beat_count", float(beats.r_s.size), None, 1.0)
    book.put("other_beats_share", rhythm.other_share, None, sure, fewer)
    book.put("p_share", rhythm.p_share, None, sure, NO_BEAT)


def put_intervals(
    book: Book,
    record: Record,
    waves: Waves,
    beats: MedianBeats,
    rhythm: Rhythm,
    by_hand: Sequence[Wave],
) -> None:
    """Durations over all leads and lead by lead, and QT corrected for the rate."""
    bound = beats.bounds_s

    def between(a: str, b: str) -> float:
        return 1000 * (bound.get(b, nan) - bound.get(a, nan))

    noise = float(np.median([calm(beats, record, lead) for lead in beats.leads] or [0.0]))
    tables = {
        kind: lead_bounds(waves, kind, beats.r_s, beats.kept, by_hand, beats.lags_s)
        for kind in ("P", "QRS", "T")
    }
    p, qrs, t = (_spread(tables[kind]) for kind in ("P", "QRS", "T"))
    no_p, no_t = "no P wave was found", "no T wave was found"
    no_qrs = "no QRS complex was bounded" if beats.r_s.size else NO_BEAT
    have_p = book.number("p_share") >= 0.5
    why_p = no_p if have_p or not beats.r_s.size else "too few beats have a P wave"
    book.put("p_ms", between("p_on", "p_off") if have_p else nan, None, noise * p, why_p)
    book.put("pr_ms", between("p_on", "qrs_on") if have_p else nan, None, noise * p, why_p)
    book.put("qrs_ms", between("qrs_on", "qrs_off"), None, noise * qrs, no_qrs)
    qt = between("qrs_on", "t_off")
    book.put("qt_ms", qt, None, noise * t, no_t)
    book.put("t_peak_end_ms", between("t_peak", "t_off"), None, noise * t, no_t)
    rr = 60.0 / rhythm.rate_bpm
    why = no_t if not math.isfinite(qt) else "the rate is not known"
    for name, value in corrected_qt_ms(qt, rr).items():
        book.put(name, value, None, noise * t, why)
    for lead in beats.leads:
        sure = calm(beats, record, lead)
        none = np.full(3, nan)
        lp, lq, lt = (tables[kind].get(lead, none) for kind in ("P", "QRS", "T"))
        book.put("pr_ms", 1000 * (lq[0] - lp[0]) if have_p else nan, lead, sure, why_p)
        book.put("qrs_ms", 1000 * (lq[2] - lq[0]), lead, sure, no_qrs)
        book.put("qt_ms", 1000 * (lt[2] - lq[0]), lead, sure, no_t)
        book.put("t_peak_end_ms", 1000 * (lt[2] - lt[1]), lead, sure, no_t)


def corrected_qt_ms(qt_ms: float, rr_s: float) -> dict[str, float]:
    """QT corrected for the rate by four formulas.

    >>> {name: round(value) for name, value in corrected_qt_ms(400.0, 1.0).items()}
    {'qtc_bazett_ms': 400, 'qtc_fridericia_ms': 400, 'qtc_framingham_ms': 400, 'qtc_hodges_ms': 400}
    """
    return {
        "qtc_bazett_ms": qt_ms / math.sqrt(rr_s) if rr_s > 0 else nan,
        "qtc_fridericia_ms": qt_ms / rr_s ** (1 / 3) if rr_s > 0 else nan,
        "qtc_framingham_ms": qt_ms + 154 * (1 - rr_s),
        "qtc_hodges_ms": qt_ms + 1.75 * (60 / rr_s - 60) if rr_s > 0 else nan,
    }


def put_lead(
    book: Book, record: Record, beats: MedianBeats, rhythm: Rhythm, lead: str
) -> tuple[float, float, float]:
    """P, QRS, ST and T of one lead; gives the net areas of P, QRS and T in mV s."""
    row = beats.leads.index(lead)
    x, sure = beats.signal_mv[row], calm(beats, record, lead)
    why = record.reasons.get(lead, "") or (NOT_SEEN if beats.r_s.size else NO_BEAT)
    if np.isfinite(x).any() and np.nanmax(x) == np.nanmin(x):
        why = "the lead is a flat line"
        x = np.full_like(x, nan)
    if not np.isfinite(x).any():
        book.lack(("p_mv", *QRS_NAMES, *ST_NAMES, *T_NAMES), why, lead)
        return nan, nan, nan
    noise = beats.noise_mv[row] / math.sqrt(max(1, beats.counts[row]))
    p_area = put_p(book, beats, x, lead, sure)
    shape = put_qrs(book, beats, x, lead, sure, why)
    put_st(book, beats, x, lead, sure, why)
    t = put_t(book, beats, rhythm, x, lead, sure, noise, shape)
    return p_area, shape.area_mv_s if shape else nan, t.area_mv_s if t else nan


def put_p(book: Book, beats: MedianBeats, x: Array, lead: str, sure: float) -> float:
    """P amplitude against the line between its onset and end; gives its area."""
    on, off = beats.bounds_s.get("p_on", nan), beats.bounds_s.get("p_off", nan)
    if not (on < off) or book.number("p_share") < 0.5:
        why = "no P wave was found" if not on < off else "too few beats have a P wave"
        book.put("p_mv", nan, lead, sure, why)
        return nan
    piece = x[max(0, beats.index(on)) : beats.index(off) + 1]
    if piece.size < 4 or not np.isfinite(piece).all():
        book.put("p_mv", nan, lead, sure, NOT_SEEN)
        return nan
    wave = piece - np.linspace(piece[0], piece[-1], piece.size)
    book.put("p_mv", float(wave[np.abs(wave).argmax()]), lead, sure)
    return float(wave.sum() / beats.rate_hz)


def put_qrs(
    book: Book, beats: MedianBeats, x: Array, lead: str, sure: float, why: str
) -> QrsShape | None:
    """Amplitudes of the QRS."""
    on, off = beats.bounds_s.get("qrs_on", nan), beats.bounds_s.get("qrs_off", nan)
    shape = None
    if on < off:
        first, end = beats.index(on), beats.index(off) + 1
        tail = x[end : end + round(TAIL_S * beats.rate_hz)]
        shape = measure_qrs(x[first:end], beats.rate_hz, tail)
    else:
        why = "no QRS complex was bounded"
    if shape is None:
        book.lack(QRS_NAMES, why, lead)
        return None
    values = (shape.q_mv, 1000 * shape.q_s, shape.r_mv, shape.s_mv, shape.r2_mv, shape.pp_mv)
    for name, value in zip(QRS_NAMES, values, strict=True):
        book.put(name, value, lead, sure)
    return shape


def put_st(book: Book, beats: MedianBeats, x: Array, lead: str, sure: float, why: str) -> None:
    """ST level at J, J+60 and J+80: means over 20 ms, over one period of 50 Hz."""
    j = beats.bounds_s.get("qrs_off", nan)
    for name, later in zip(ST_NAMES, (0.0, 0.06, 0.08), strict=True):
        if not math.isfinite(j):
            book.put(name, nan, lead, sure, "no QRS end was found")
            continue
        at, half = beats.index(j + later), round(0.01 * beats.rate_hz)
        low = at if later == 0 else at - half
        piece = x[max(0, low) : at + half]
        value = float(piece.mean()) if piece.size and np.isfinite(piece).all() else nan
        book.put(name, value, lead, sure, why)


def t_window(beats: MedianBeats, rhythm: Rhythm) -> tuple[float, float, float]:
    """Begin and end of where T waves are looked for and T's end, all relative to R in s.

    Where no T wave was bounded in any lead, the end is the usual one for the rate.
    """
    j = beats.bounds_s.get("qrs_off", nan)
    onset = beats.bounds_s.get("qrs_on", nan)
    end = beats.bounds_s.get("t_off", nan)
    if not math.isfinite(end) and math.isfinite(onset):
        rr = 60.0 / rhythm.rate_bpm if math.isfinite(rhythm.rate_bpm) else 1.0
        end = onset + USUAL_QT_S * rr ** (1 / 3)
    return j + ST_FREE_S, end + BEYOND_S, end


def put_t(
    book: Book, beats: MedianBeats, rhythm: Rhythm, x: Array, lead: str, sure: float,
    noise_mv: float, qrs: QrsShape | None,
) -> TShape | None:  # fmt: skip
    """The T wave of one lead."""
    first, last, end = t_window(beats, rhythm)
    if not first < end:
        book.lack(T_NAMES, "no QRS end was found", lead)
        return None
    piece = x[beats.index(first) : beats.index(last) + 1]
    known = np.flatnonzero(np.isfinite(piece))
    piece = piece[: known[-1] + 1] if known.size else piece
    t = measure_t(piece, beats.rate_hz, first, end, noise_mv)
    if t is None or piece.size < 0.7 * (end - first) * beats.rate_hz:
        book.lack(T_NAMES, NOT_SEEN, lead)
        return None
    book.put("t_polarity", t.polarity, lead, sure)
    absent = t.polarity == "absent"
    why = "there is no T wave above the noise" if absent else "the T wave is flat or biphasic"
    book.put("t_mv", t.main_mv, lead, sure)
    book.put("t_second_mv", t.second_mv, lead, sure)
    r = qrs.r_mv if qrs else nan
    ratio = t.main_mv / r if r >= LEAST_R_MV else nan
    book.put("t_over_r", ratio, lead, sure, "R is below 0.3 mV" if qrs else "no QRS was measured")
    for name, value in (("asymmetry", t.asymmetry), ("flatness", t.flatness), ("notch", t.notch)):
        book.put(f"t_{name}", value, lead, sure, why)
    return t


def put_axes(book: Book, areas: dict[str, tuple[float, float, float]]) -> None:
    """Frontal axes from net areas."""
    none = (nan, nan, nan)
    one, avf = areas.get("I", none), areas.get("aVF", none)
    sure = min(book.sure("qrs_pp_mv", "I"), book.sure("qrs_pp_mv", "aVF"))
    why = "I or aVF was not measured"
    axes = [loop.axis_deg(a, b) for a, b in zip(one, avf, strict=True)]
    book.put("p_axis_deg", axes[0], None, sure, why)
    book.put("qrs_axis_deg", axes[1], None, sure, why)
    book.put("t_axis_deg", axes[2], None, sure, why)
    book.put("qrs_t_angle_deg", loop.angle_between(axes[1], axes[2]), None, sure, why)


def put_voltages(book: Book) -> None:
    """Sums of voltages for hypertrophy, and the largest QRS of limb and chest leads."""
    n = book.number
    left = max((n("r_mv", lead) for lead in ("V5", "V6")), key=lambda v: -math.inf if v != v else v)
    sure = min(book.sure("s_mv", "V1"), max(book.sure("r_mv", lead) for lead in ("V5", "V6")))
    s_v1, s_v3 = -n("s_mv", "V1"), -n("s_mv", "V3")
    book.put("sokolow_lyon_mv", s_v1 + left, None, sure, "V1, or V5 and V6, were not measured")
    sure = min(book.sure("r_mv", "aVL"), book.sure("s_mv", "V3"))
    book.put("cornell_mv", n("r_mv", "aVL") + s_v3, None, sure, "aVL or V3 was not measured")
    for name, leads in (
        ("limb_voltage_mv", ("I", "II", "III", "aVR", "aVL", "aVF")),
        ("chest_voltage_mv", ("V1", "V2", "V3", "V4", "V5", "V6")),
    ):
        found = [n("qrs_pp_mv", lead) for lead in leads if math.isfinite(n("qrs_pp_mv", lead))]
        sure = min((book.sure("qrs_pp_mv", lead) for lead in leads), default=0.0)
        whole = len(found) >= 4
        why = "fewer than four of these leads were measured"
        book.put(name, max(found) if whole else nan, None, sure or 0.3, why)


def put_loop(book: Book, beats: MedianBeats, areas: dict[str, tuple[float, float, float]]) -> None:
    """TCRT, the morphology of T's first component, and discordance."""
    on, off = beats.bounds_s.get("qrs_on", nan), beats.bounds_s.get("qrs_off", nan)
    end = beats.bounds_s.get("t_off", nan)
    sure = min((book.sure("r_mv", lead) for lead in loop.INDEPENDENT), default=0.0)
    qrs = t = None
    why = "no QRS or T end was found"
    if on < off < end:
        qrs = loop.eight(beats, on, off)
        t = loop.eight(beats, off + ST_FREE_S, end)
        why = "one of I, II, V1 to V6 was not seen through a whole beat"
    names = ("t_asymmetry", "t_flatness", "t_notch", "t_morphology_score")
    if qrs is None or t is None:
        book.lack(("tcrt", *names), why)
    else:
        book.put("tcrt", loop.total_cosine(qrs, t), None, sure, "there is no T loop")
        first = loop.first_component(t)
        shape = describe(first, int(first.argmax()))
        values = (*shape, shape[0] + shape[2] + 1.6 * shape[1])
        for name, value in zip(names, values, strict=True):
            book.put(name, value, None, sure, "the T wave's first component has no inner peak")
    judged = [lead for lead in areas if lead not in ("V1", "V2", "III")
              and all(math.isfinite(v) for v in areas[lead][1:])]  # fmt: skip
    apart = [areas[lead][1] * areas[lead][2] < 0 for lead in judged]
    share = float(np.mean(apart)) if len(apart) >= 4 else nan
    book.put("st_t_discordance", share, None, sure or 0.3, "fewer than four leads were measured")


def _spread(table: dict[str, Array]) -> float:
    """1 where leads agree on a wave's end (or its onset for P), falling with their spread."""
    ends = np.array([row[2] for row in table.values()], dtype=np.float64)
    ends = ends[np.isfinite(ends)]
    if ends.size == 0:
        return 0.0
    wide = float(np.median(np.abs(ends - np.median(ends)))) * 1.4826
    return 1 / (1 + (wide / SPREAD_S) ** 2)
