"""What is measured on records whose truth is drawn, and how it changes with the signal."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from ecgpage import measure
from ecgpage.values import LEADS, Measured, Record, Wave, Waves

RATE = 500.0
RR_S = 0.84
BEATS = 10
P, QRS, T = (-0.20, -0.15, -0.10), (-0.04, 0.0, 0.045), (0.16, 0.28, 0.36)
"""Onset, peak and end relative to R in the drawn records, s."""


def bump(time: np.ndarray, at: float, half: float, height: float) -> np.ndarray:
    """A raised cosine of this half width, zero outside."""
    inside = np.abs(time - at) < half
    return np.where(inside, height * 0.5 * (1 + np.cos(np.pi * (time - at) / half)), 0.0)


def drawn(
    t_mv: float = 0.3, r_mv: float = 1.0, first_s: float = 0.7, **by_lead: float
) -> tuple[Record, Waves]:
    """Ten beats in twelve leads with their waves known; ``by_lead`` sets T in a lead."""
    time = np.arange(round(10 * RATE)) / RATE
    r_s = first_s + RR_S * np.arange(BEATS)
    signal = np.zeros((12, time.size))
    waves = []
    for row, lead in enumerate(LEADS):
        sign = -1.0 if lead == "aVR" else 1.0
        height = by_lead.get(lead, t_mv)
        for beat, r in enumerate(r_s):
            rest = r_mv * (1.2 if lead in ("V2", "V3") else 0.3)
            signal[row] += sign * (
                bump(time, r - 0.15, 0.05, 0.12) + bump(time, r, 0.03, r_mv)
                - bump(time, r + 0.03, 0.012, rest)
                + bump(time, r + 0.27, 0.10, height)
            )  # fmt: skip
            for kind, (on, peak, off) in (("P", P), ("QRS", QRS), ("T", T)):
                waves.append(Wave(lead, kind, r + on, r + peak, r + off, 1.0, beat))
    return Record(signal, RATE), Waves(tuple(waves), tuple(float(r) for r in r_s))


def value(measured: Measured, name: str, lead: str | None = None) -> float:
    found = measured.get(name, lead).value
    assert not isinstance(found, str)
    return found


@pytest.fixture(scope="module")
def plain() -> Measured:
    return measure.measure_record(*drawn())


def test_intervals_are_those_that_were_drawn(plain: Measured) -> None:
    assert value(plain, "heart_rate_bpm") == pytest.approx(60 / RR_S)
    assert value(plain, "pr_ms") == pytest.approx(160, abs=1)
    assert value(plain, "qrs_ms") == pytest.approx(85, abs=1)
    assert value(plain, "qt_ms") == pytest.approx(400, abs=1)
    assert value(plain, "qtc_bazett_ms") == pytest.approx(400 / math.sqrt(RR_S), abs=1)
    assert value(plain, "qtc_fridericia_ms") == pytest.approx(400 / RR_S ** (1 / 3), abs=1)
    assert value(plain, "qtc_framingham_ms") == pytest.approx(400 + 154 * (1 - RR_S), abs=1)
    assert value(plain, "qtc_hodges_ms") == pytest.approx(400 + 1.75 * (60 / RR_S - 60), abs=1)
    assert value(plain, "rr_irregularity") == pytest.approx(0, abs=1e-6)


def test_amplitudes_are_those_that_were_drawn(plain: Measured) -> None:
    assert value(plain, "r_mv", "V5") == pytest.approx(1.0, abs=0.02)
    assert value(plain, "t_mv", "V5") == pytest.approx(0.3, abs=0.01)
    assert value(plain, "t_over_r", "V5") == pytest.approx(0.3, abs=0.02)
    assert value(plain, "p_mv", "II") == pytest.approx(0.12, abs=0.02)
    s_v1, s_v3 = -value(plain, "s_mv", "V1"), -value(plain, "s_mv", "V3")
    assert value(plain, "sokolow_lyon_mv") == pytest.approx(s_v1 + value(plain, "r_mv", "V5"))
    assert value(plain, "cornell_mv") == pytest.approx(s_v3 + value(plain, "r_mv", "aVL"))
    assert plain.get("t_polarity", "V5").value == "upright"
    assert plain.get("t_polarity", "aVR").value == "inverted"


def test_every_measurement_stands_in_the_catalogue_once(plain: Measured) -> None:
    keys = [(one.name, one.lead) for one in plain.measurements]
    assert len(keys) == len(set(keys))
    wanted = {(name, None) for name, q in measure.CATALOGUE.items() if q.scope != "lead"}
    wanted |= {(name, lead) for name, q in measure.CATALOGUE.items() if q.scope != "record"
               for lead in LEADS}  # fmt: skip
    assert set(keys) == wanted
    for one in plain.measurements:
        assert one.unit == measure.CATALOGUE[one.name].unit
        if isinstance(one.value, float) and math.isnan(one.value):
            assert one.reason
        else:
            assert one.reason == ""
            assert one.confidence is not None
            assert 0 <= one.confidence <= 1


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_scaling_the_signal_scales_amplitudes_only(plain: Measured, factor: float) -> None:
    record, waves = drawn()
    scaled = measure.measure_record(replace(record, signal_mv=record.signal_mv * factor), waves)
    for one in plain.measurements:
        quantity = measure.CATALOGUE[one.name]
        other = scaled.get(one.name, one.lead).value
        if one.name.startswith("rules_") or (one.name, one.lead) == ("t_over_r", "aVR"):
            continue  # these have limits in mV
        if isinstance(one.value, str):
            assert other == one.value
        elif math.isfinite(one.value):
            wanted = one.value * (factor if quantity.amplitude else 1.0)
            assert other == pytest.approx(wanted, rel=1e-6, abs=1e-6), one.name


def test_shifting_time_changes_nothing(plain: Measured) -> None:
    later = measure.measure_record(*drawn(first_s=0.9))
    for one in plain.measurements:
        other = later.get(one.name, one.lead).value
        if isinstance(one.value, str):
            assert other == one.value
        elif math.isfinite(one.value):
            assert other == pytest.approx(one.value, abs=2e-3 if one.unit != "deg" else 0.5), one


def test_flipping_polarity_flips_the_t_wave(plain: Measured) -> None:
    record, waves = drawn()
    flipped = measure.measure_record(replace(record, signal_mv=-record.signal_mv), waves)
    for lead in LEADS:
        pair = {plain.get("t_polarity", lead).value, flipped.get("t_polarity", lead).value}
        assert pair == {"upright", "inverted"}
        assert value(flipped, "t_mv", lead) == pytest.approx(-value(plain, "t_mv", lead))


def test_polarity_knows_flat_absent_and_biphasic() -> None:
    record, waves = drawn(V4=0.03, V5=0.0, V6=0.0)
    time = np.arange(record.signal_mv.shape[1]) / RATE
    for r in waves.r_peaks_s:
        record.signal_mv[LEADS.index("V6")] += bump(time, r + 0.21, 0.05, 0.2)
        record.signal_mv[LEADS.index("V6")] -= bump(time, r + 0.31, 0.05, 0.2)
        record.signal_mv[LEADS.index("I")] -= 2 * bump(time, r + 0.27, 0.10, 0.3)
    measured = measure.measure_record(record, waves)
    assert measured.get("t_polarity", "V4").value == "flat"
    assert measured.get("t_polarity", "V5").value == "absent"
    assert measured.get("t_polarity", "V6").value == "biphasic (upright first)"
    assert measured.get("t_polarity", "I").value == "inverted"
    assert value(measured, "t_mv", "I") == pytest.approx(-0.3, abs=0.01)


def test_a_lead_of_zeros_is_nan_with_a_reason() -> None:
    record, waves = drawn()
    record.signal_mv[LEADS.index("V5")] = 0.0
    measured = measure.measure_record(
        record, Waves(tuple(w for w in waves.waves if w.lead != "V5"), waves.r_peaks_s)
    )
    for name in ("r_mv", "t_mv", "st_j_mv", "qt_ms"):
        one = measured.get(name, "V5")
        assert isinstance(one.value, float)
        assert math.isnan(one.value)
        assert one.reason
    assert math.isfinite(value(measured, "t_mv", "V4"))


def test_a_record_of_zeros_is_undetermined() -> None:
    measured = measure.measure_record(Record(np.zeros((12, 5000)), RATE))
    assert measured.verdict.label == "Undetermined"
    assert measured.verdict.reasons
    assert measured.findings == ()
    line = json.loads(json.dumps(measured.as_dict("zeros"), allow_nan=False))
    assert line["verdict"] == {"label": "Undetermined", "score": None, "t_wave_score": None}
    assert all(one["reason"] for one in line["measurements"] if one["value"] is None)


@pytest.mark.parametrize("kind", ["noise", "powerline"])
def test_confidence_falls_before_values_move(plain: Measured, kind: str) -> None:
    record, waves = drawn()
    time = np.arange(record.signal_mv.shape[1]) / RATE
    added = np.random.default_rng(0).normal(0, 0.05, record.signal_mv.shape)
    if kind == "powerline":
        added = np.broadcast_to(0.08 * np.sin(2 * np.pi * 50 * time), record.signal_mv.shape)
    noisy = measure.measure_record(replace(record, signal_mv=record.signal_mv + added), waves)
    for lead in ("II", "V5"):
        was, now = plain.get("t_mv", lead), noisy.get("t_mv", lead)
        assert now.confidence is not None
        assert was.confidence is not None
        assert now.confidence < 0.6 * was.confidence
        assert value(noisy, "t_mv", lead) == pytest.approx(value(plain, "t_mv", lead), abs=0.03)


def test_statements_carry_evidence_beyond_its_limit() -> None:
    measured = measure.measure_record(*drawn(t_mv=-0.3, I=0.3))
    told = {one.code: one for one in measured.findings}
    lateral = told["t-inv-lateral"]
    assert lateral.source
    leads = {e["lead"]: e["value"] for e in lateral.evidence}
    assert {"V5", "V6"} <= set(leads)
    assert "I" not in leads
    assert all(v < -0.1 for v in leads.values())
    assert measured.verdict.label == "Abnormal"
    assert measured.verdict.t_wave_score > 0.5


def test_a_normal_record_meets_no_t_wave_rule(plain: Measured) -> None:
    assert not [one.code for one in plain.findings if one.code.startswith("t-")]
    assert plain.verdict.rules_t_wave_score < 0.3


def test_an_extrasystole_is_left_out_and_told() -> None:
    record, waves = drawn()
    time = np.arange(record.signal_mv.shape[1]) / RATE
    r = waves.r_peaks_s[4]
    record.signal_mv[:] += bump(time, r + 0.03, 0.09, -1.5) * np.linspace(0.5, 1.5, 12)[:, None]
    measured = measure.measure_record(record, waves)
    assert list(np.flatnonzero(~measured.beats.kept)) == [4]
    assert value(measured, "other_beats_share") == pytest.approx(0.1)
    assert value(measured, "r_mv", "V5") == pytest.approx(1.0, abs=0.02)
    assert "ectopic" in {one.code for one in measured.findings}


def test_a_mark_by_hand_decides_the_bound() -> None:
    record, waves = drawn()
    r = waves.r_peaks_s[3]
    by_hand = Wave("II", "T", None, None, r + 0.42, None, 3)
    measured = measure.measure_record(record, waves, (by_hand,))
    assert value(measured, "qt_ms", "II") == pytest.approx(460, abs=1)
    assert value(measured, "qt_ms", "V5") == pytest.approx(400, abs=1)
    assert value(measured, "qt_ms") == pytest.approx(460, abs=1)


def test_limits_depend_on_age_and_sex() -> None:
    qtc = measure.CATALOGUE["qtc_bazett_ms"]
    assert qtc.range_for(None, 50, "male").high == 450  # type: ignore[union-attr]
    assert qtc.range_for(None, 50, None).high == 460  # type: ignore[union-attr]
    st = measure.CATALOGUE["st_j_mv"]
    assert st.range_for("V2", 30, "male").high == 0.25  # type: ignore[union-attr]
    assert st.range_for("V2", 50, "male").high == 0.2  # type: ignore[union-attr]
    assert st.range_for("V5", 50, "male").high == 0.1  # type: ignore[union-attr]
    assert st.range_for("aVR", 50, "male") is None


def test_what_a_page_cannot_tell_is_said() -> None:
    record, waves = drawn()
    assert measure.cannot_tell(record) == ()
    for row, lead in enumerate(LEADS):
        if lead != "II":
            record.signal_mv[row, 1250:] = np.nan
    told = " ".join(measure.cannot_tell(record))
    assert "2.5 s" in told
    assert "come from II" in told
    measured = measure.measure_record(record, waves)
    assert value(measured, "heart_rate_bpm") == pytest.approx(60 / RR_S)
    assert value(measured, "t_mv", "V5") == pytest.approx(0.3, abs=0.01)
