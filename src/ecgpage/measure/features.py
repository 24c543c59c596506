"""What a model sees of an electrocardiogram: soft degrees and bounded numbers, named.

Every feature is built from what cardiologists look at, with limits from the catalogue, so that
few weights are left to fit. NaN where it could not be measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ecgpage.measure.book import Book
from ecgpage.measure.criteria import Met, soft
from ecgpage.measure.findings import rules_scores

nan = float("nan")
LEFT = ("I", "II", "V4", "V5", "V6")
"""Leads over the left ventricle, in which T is upright and not small in health."""
INNER = ("I", "II", "V3", "V4", "V5", "V6")


def _mean(book: Book, name: str, leads: Sequence[str], limit: float, width: float) -> float:
    """Mean over the leads measured of how far a value lies below (width < 0) its limit."""
    found = [book.number(name, lead) for lead in leads]
    degrees = [soft(value, limit, width) for value in found if math.isfinite(value)]
    return float(np.mean(degrees)) if degrees else nan


def _soft(book: Book, name: str, limit: float, width: float, lead: str | None = None) -> float:
    value = book.number(name, lead)
    return soft(value, limit, width) if math.isfinite(value) else nan


def _bent(book: Book, name: str, lead: str | None, scale: float) -> float:
    """A number with its extremes bent to -1 and 1."""
    value = book.number(name, lead)
    return math.tanh(value / scale) if math.isfinite(value) else nan


def _log_odds(probability: float) -> float:
    """Log-odds of a score, bent at its ends; NaN stays NaN."""
    return math.log((probability + 0.02) / (1.02 - probability))


def _scaled(book: Book, name: str, middle: float, scale: float, lead: str | None = None) -> float:
    """A number by how many scales it lies from the middle, at most four."""
    value = (book.number(name, lead) - middle) / scale
    return max(-4.0, min(4.0, value)) if math.isfinite(value) else nan


def _most(*degrees: float) -> float:
    known = [one for one in degrees if math.isfinite(one)]
    return max(known, default=nan)


def t_features(book: Book) -> dict[str, float]:
    """What the T waves alone say."""
    flat = _mean(book, "t_mv", LEFT, 0.1, -0.04)
    low = _mean(book, "t_over_r", LEFT, 0.1, -0.03)
    inverted = _mean(book, "t_mv", INNER, -0.1, -0.05)
    left = [1 - 0.9 * one for one in (flat, low, inverted) if math.isfinite(one)]
    out = {
        "T any": 1 - math.prod(left) if left else nan,
        "T flat": flat,
        "T smallish": _mean(book, "t_mv", LEFT, 0.2, -0.06),
        "T low to R": low,
        "T lowish to R": _mean(book, "t_over_r", LEFT, 0.18, -0.05),
        "T inverted": inverted,
        "T deep": _mean(book, "t_mv", INNER, -0.25, -0.08),
        "T not upright anterior": _mean(book, "t_mv", ("V2", "V3", "V4"), 0.0, -0.1),
        "T flatness": book.number("t_flatness"),
        "T asymmetry": book.number("t_asymmetry"),
        "T notch": book.number("t_notch"),
        "T axis off": _t_axis_off(book),
    }
    for lead in ("I", "II", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"):
        out[f"T {lead}"] = _bent(book, "t_mv", lead, 0.3)
    return out


def _t_axis_off(book: Book) -> float:
    axis = book.number("t_axis_deg")
    return soft(abs(axis - 45.0), 45.0, 15.0) if math.isfinite(axis) else nan


def other_features(book: Book, met: dict[str, Met]) -> dict[str, float]:
    """What everything else says."""

    def degree(*codes: str) -> float:
        return _most(*(met[code].degree for code in codes))

    return {
        "ST down": _mean(book, "st_j80_mv", LEFT, -0.04, -0.02),
        "ST up": degree("st-up-anterior", "st-up-inferior", "st-up-lateral"),
        "QRS wide": _soft(book, "qrs_ms", 118.0, 6.0),
        "QRS widish": _soft(book, "qrs_ms", 105.0, 6.0),
        "right delay": degree("rbbb", "irbbb"),
        "fibrillation": degree("af"),
        "no P": degree("no-p"),
        "irregular": _soft(book, "rr_irregularity", 0.08, 0.02),
        "few P": _soft(book, "p_share", 0.6, -0.1),
        "PR long": _soft(book, "pr_ms", 200.0, 10.0),
        "other beats": degree("ectopic"),
        "rate high": _soft(book, "heart_rate_bpm", 95.0, 8.0),
        "rate low": _soft(book, "heart_rate_bpm", 52.0, -4.0),
        "axis left": _soft(book, "qrs_axis_deg", -25.0, -12.0),
        "axis right": _soft(book, "qrs_axis_deg", 95.0, 8.0),
        "Q waves": degree("q-anterior", "q-inferior", "q-lateral", "qs-septal"),
        "R poor": degree("poor-r", "r-falls"),
        "R V2": _bent(book, "r_mv", "V2", 0.5),
        "voltage high": degree("lvh"),
        "voltage low": degree("low-voltage"),
        "QRS-T angle": _soft(book, "qrs_t_angle_deg", 80.0, 25.0),
        "TCRT": book.number("tcrt"),
        "QTc long": _soft(book, "qtc_fridericia_ms", 445.0, 12.0),
        "P broad": _soft(book, "p_ms", 125.0, 6.0),
    }


def shape_features(book: Book) -> dict[str, float]:
    """Numbers around their usual values, where no limit is agreed on."""
    n = book.number
    inferior = [
        soft(n("q_ms", lead), 25.0, 6.0) * soft(-n("q_mv", lead), 0.1, 0.03)
        for lead in ("II", "III", "aVF")
        if math.isfinite(n("q_ms", lead))
    ]
    axis, uneven = n("qrs_axis_deg"), n("rr_irregularity")
    return {
        "Q inferior": float(np.mean(inferior)) if inferior else nan,
        "Q V2": _soft(book, "q_ms", 15.0, 4.0, "V2"),
        "R aVF": _bent(book, "r_mv", "aVF", 0.4),
        "R II": _bent(book, "r_mv", "II", 0.6),
        "R V1": _bent(book, "r_mv", "V1", 0.3),
        "R V3": _bent(book, "r_mv", "V3", 0.6),
        "R' V1": _bent(book, "r2_mv", "V1", 0.1),
        "S I": _bent(book, "s_mv", "I", 0.2),
        "S V6": _bent(book, "s_mv", "V6", 0.2),
        "QRS duration": _scaled(book, "qrs_ms", 95.0, 15.0),
        "rate": _scaled(book, "heart_rate_bpm", 72.0, 15.0),
        "axis": _scaled(book, "qrs_axis_deg", 35.0, 40.0),
        "axis off": soft(abs(axis - 35.0), 60.0, 15.0) if math.isfinite(axis) else nan,
        "P share": n("p_share"),
        "irregularity": math.log(uneven + 0.01) if math.isfinite(uneven) else nan,
        "Sokolow-Lyon": _bent(book, "sokolow_lyon_mv", None, 3.5),
        "Cornell": _bent(book, "cornell_mv", None, 2.4),
        "P duration": _scaled(book, "p_ms", 105.0, 15.0),
        "PR": _scaled(book, "pr_ms", 160.0, 25.0),
        "QTc": _scaled(book, "qtc_fridericia_ms", 410.0, 25.0),
        "ST II": _bent(book, "st_j80_mv", "II", 0.1),
        "ST V2": _bent(book, "st_j80_mv", "V2", 0.1),
        "ST V5": _bent(book, "st_j80_mv", "V5", 0.1),
        "limb voltage": _soft(book, "limb_voltage_mv", 0.7, -0.15),
        "P II": _bent(book, "p_mv", "II", 0.15),
    }


def features(book: Book, met: dict[str, Met]) -> dict[str, float]:
    """All features by name, in a fixed order."""
    found = t_features(book)
    other = other_features(book, met)
    cause = _most(other["QRS wide"], other["fibrillation"], other["Q waves"])
    some = found["T any"]
    abnormal, t_abnormal = rules_scores(met)
    return {
        **found,
        **other,
        "T any with another cause": some * cause,
        "T any with high voltage": some * other["voltage high"],
        **shape_features(book),
        "rules": _log_odds(abnormal),
        "T rules": _log_odds(t_abnormal),
    }
