"""Where traces are expected: by lines between beats, other beats and other limb leads."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage import render
from ecgpage.digitise.leads.limblaws import expect_limb_leads
from ecgpage.digitise.leads.usualbeats import Span, expect_beats
from ecgpage.digitise.tracing.follow import follow_rows
from ecgpage.digitise.tracing.gates import find_gates
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs
from ecgpage.digitise.tracing.untangle import untangle
from ecgpage.values import LEADS

MM = (8.0, 8.0)
PX_PER_S = 200.0
PX_PER_MV = 80.0
PITCH = 60.0


def line_of(heights: np.ndarray) -> Line:
    return Line(heights, heights, heights, heights - 1.5, heights + 1.5, 3.0)


def leads_px(names: tuple[str, ...]) -> np.ndarray:
    """Ten seconds of leads, as heights in pixels of rows that lie ``PITCH`` apart."""
    record = render.simulate("normal", 3)
    at = np.arange(0.0, 10.0, 1 / PX_PER_S)
    times = np.arange(record.signal_mv.shape[1]) / record.rate_hz
    return np.stack([
        100.0 + PITCH * k - PX_PER_MV * np.interp(at, times, record.signal_mv[LEADS.index(name)])
        for k, name in enumerate(names)
    ])  # fmt: skip


def drawn(lines: np.ndarray, height: int) -> np.ndarray:
    cover = np.zeros((height, lines.shape[1]), np.float32)
    for line in lines:
        points = np.stack([np.arange(len(line)), line], axis=1)
        cv2.polylines(cover, [np.round(points).astype(np.int32)[:, None]], False, 1.0, 3)
    return cover


def test_lines_between_beats_belong_to_their_rows_and_crossed_ones_to_none() -> None:
    lines = np.stack([np.full(800, 100.0), np.full(800, 160.0), np.full(800, 220.0)])
    wave = 45.0 * np.exp(-(((np.arange(800) - 400) / 30.0) ** 2))
    lines[0] += wave
    lines[1] -= wave
    rows = [Row(base, 0, 799, 1.0) for base in (100.0, 160.0, 220.0)]
    gates = find_gates(find_runs(drawn(lines, 320), MM[0]), rows, 800, MM[1])
    assert gates is not None
    seen = np.isfinite(gates[0, 0])
    assert seen[:250].all()
    assert not seen[370:430].any()
    middle = gates.mean(axis=0)
    assert np.abs(middle - lines)[:, seen].max() < 0.2 * PITCH
    fewer = drawn(lines[:2], 320)
    assert find_gates(find_runs(fewer, MM[0]), rows, 800, MM[1]) is None


def test_a_beat_read_in_another_line_is_expected_where_the_lead_s_other_beats_are() -> None:
    lines = leads_px(("I", "II", "V2", "V3", "V5", "V6"))
    read = lines.copy()
    read[2, 900:1020], read[3, 900:1020] = lines[3, 900:1020], lines[2, 900:1020]
    span = Span(0, lines.shape[1] - 1, MM, PX_PER_S, PITCH)
    expected = expect_beats([line_of(line) for line in read], span)
    part = expected[:, 2:4, 900:1020]
    known = np.isfinite(part[0])
    assert known.mean() > 0.6
    true = lines[2:4, 900:1020]
    away = np.maximum(np.maximum(part[0] - true, true - part[1]), 0.0)
    assert away[known].max() < 1.5 * MM[0]
    astray = read[2:4, 900:1020]
    wrong = np.maximum(np.maximum(part[0] - astray, astray - part[1]), 0.0)
    assert np.median(wrong[known]) > 4 * MM[0]


def test_nothing_is_expected_of_a_beat_that_all_leads_show_otherwise() -> None:
    lines = leads_px(("I", "II", "V2", "V3", "V5", "V6"))
    other = lines.copy()
    at = np.arange(lines.shape[1])
    bump = np.where((at > 900) & (at < 1020), 60.0 * np.sin((at - 900) / 120 * np.pi), 0.0)
    other += bump
    span = Span(0, lines.shape[1] - 1, MM, PX_PER_S, PITCH)
    expected = expect_beats([line_of(line) for line in other], span)
    assert not np.isfinite(expected[0, :, 930:990]).any()
    assert np.isfinite(expected[0, :, 300:700]).mean() > 0.6


def test_limb_leads_that_were_exchanged_are_outvoted_by_the_other_four() -> None:
    lines = leads_px(LEADS[:6])
    read = lines.copy()
    read[2, 700:1300], read[3, 700:1300] = lines[3, 700:1300], lines[2, 700:1300]
    said = expect_limb_leads(
        [line_of(line) for line in read], LEADS[:6], (0, lines.shape[1] - 1), PX_PER_MV, PX_PER_S
    )
    assert np.isfinite(said).mean() > 0.95
    assert np.nanmax(np.abs(said - lines)) < 1.5 * MM[0]


def test_a_limb_lead_of_three_that_is_astray_is_outvoted_with_a_strip_s_help() -> None:
    names = ("aVR", "aVL", "aVF", "II")
    lines = leads_px(names)
    read = lines.copy()
    read[2, 700:900] += 40.0
    part = (0, lines.shape[1] - 1)
    read_lines = [line_of(line) for line in read]
    said = expect_limb_leads(read_lines, names, part, PX_PER_MV, PX_PER_S)
    assert said is not None
    assert np.isfinite(said[2, 700:900]).mean() > 0.95
    assert np.nanmax(np.abs(said[2, 700:900] - lines[2, 700:900])) < 1.5 * MM[0]
    assert expect_limb_leads(read_lines[:3], names[:3], part, PX_PER_MV, PX_PER_S) is None


def test_a_lead_that_is_there_twice_does_not_outvote_two_others() -> None:
    names = ("II", "aVR", "aVL", "aVF", "II")
    lines = leads_px(names)
    read = lines.copy()
    read[1:3, 700:900] += np.array([[40.0], [-25.0]])
    said = expect_limb_leads(
        [line_of(line) for line in read], names, (0, lines.shape[1] - 1), PX_PER_MV, PX_PER_S
    )
    assert said is not None
    assert np.isfinite(said[:, 705:895]).mean() < 0.1
    assert np.isfinite(said[:, :600]).mean() > 0.95


def two_rows(first: float, second: float, columns: int) -> tuple[list[Row], np.ndarray]:
    """Two rows at their baselines, and breaks at the first column alone."""
    breaks = np.zeros((2, columns), bool)
    breaks[:, 0] = True
    return [Row(base, 0, columns - 1, 1.0) for base in (first, second)], breaks


def test_paths_that_cross_go_where_they_are_expected() -> None:
    at = np.arange(400, dtype=float)
    swing = 30.0 * np.tanh((at - 200.0) / 25.0)
    down, up = 130.0 + swing, 130.0 - swing
    cover = drawn(np.stack([down, up]), 260)
    runs = find_runs(cover, MM[0])
    rows, breaks = two_rows(100.0, 160.0, 400)
    true = np.stack([down, up])
    paths = follow_rows(runs, rows, 400, MM, breaks, expected=np.stack([true - 2.0, true + 2.0]))
    there = np.stack([(path.top + path.bottom) / 2.0 for path in paths])
    beyond = slice(260, 390)
    assert np.abs(there - true)[:, beyond].max() < 4.0
    kept = follow_rows(runs, rows, 400, MM, breaks)
    middle = np.stack([(path.top + path.bottom) / 2.0 for path in kept])
    assert np.abs(middle - true)[:, beyond].max() > 20.0


def test_strokes_that_meet_go_to_the_traces_that_are_expected_there() -> None:
    upper, lower = np.full(200, 60.0), np.full(200, 140.0)
    shape = np.interp(np.arange(200), [90, 100, 110], [0.0, 1.0, 0.0], left=0.0, right=0.0)
    drawn_lower = lower - 120.0 * shape
    cover = drawn(np.stack([upper, drawn_lower]), 220)
    runs = find_runs(cover, MM[0])
    rows, breaks = two_rows(60.0, 140.0, 200)
    true = np.stack([upper, drawn_lower])
    steep = np.stack([np.minimum.reduce([np.roll(true, k, 1) for k in (-1, 0, 1)]),
                      np.maximum.reduce([np.roll(true, k, 1) for k in (-1, 0, 1)])])  # fmt: skip
    paths = follow_rows(runs, rows, 200, MM, breaks, expected=steep)
    paths = untangle(paths, cover, MM, runs.pen_px, breaks, steep)
    assert paths[1].top[95:106].min() < 30
    assert paths[0].bottom[85:116].max() - paths[0].top[85:116].min() < 20


def test_a_last_beat_that_is_cut_off_is_taken_for_a_usual_one() -> None:
    lines = leads_px(("I", "II", "V2", "V3", "V5", "V6"))
    whole = Span(0, lines.shape[1] - 1, MM, PX_PER_S, PITCH)
    steep = np.abs(np.gradient(lines, axis=1)).sum(axis=0)
    end = int(steep[1500:1700].argmax()) + 1504
    held = lines.copy()
    held[:, end:] = held[:, end][:, None]
    span = Span(0, end + 60, MM, PX_PER_S, PITCH)
    usual = expect_beats([line_of(line) for line in lines], whole)
    found = expect_beats([line_of(line) for line in held], span)
    part = slice(end - 14, end)
    assert np.isfinite(found[0][:, part]).mean() > 0.8 * np.isfinite(usual[0][:, part]).mean()
    assert np.isfinite(found[0][:, part]).any()
