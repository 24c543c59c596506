"""What stands where on a page: layout, names, speed, gain, time axis, which way up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage import digitise, render, score
from ecgpage.digitise.layout.bands import shares_of_bands
from ecgpage.digitise.layout.beats import mean_envelope, simultaneous
from ecgpage.digitise.layout.choose import Print, choose_rows
from ecgpage.digitise.layout.layouts import LAYOUTS, SIX_BY_TWO, THREE_BY_FOUR
from ecgpage.digitise.layout.namegrid import DOWN_MM, read_grid
from ecgpage.digitise.layout.names import Name, fit_names
from ecgpage.digitise.layout.plausible import log_odds_of_25
from ecgpage.digitise.tracing.pulseshape import find_pulse_shapes
from ecgpage.digitise.words.printed import CLASSES, find_words
from ecgpage.values import LEADS, Page, Reading, Record, Refused

PLAIN = render.PageStyle(dpi=150.0, header="none", footer="none")
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def page_of(style: render.PageStyle, kind: str = "normal", seed: int = 3) -> render.RenderedPage:
    """A simulated record on a page."""
    return render.render_record(render.simulate(kind, seed), style, seed=seed)


def snr_db(rendered: render.RenderedPage, reading: Reading) -> float:
    """The 2024 challenge's figure."""
    return score.compare_records(rendered.truth.record, reading.record).challenge_snr_db


@pytest.mark.parametrize(
    ("layout", "rhythm", "same_time"),
    [
        ("12x1", (), False),
        ("6x2+1", ("V1",), False),
        ("3x4+1", ("II",), True),
        ("6x2+1", ("II",), True),
        ("3x4+3", ("aVF", "V3", "I"), False),
    ],
)
def test_layout_and_time_axis_come_back(
    layout: str, rhythm: tuple[str, ...], same_time: bool
) -> None:
    style = replace(PLAIN, layout=layout, rhythm=rhythm or ("II",), simultaneous=same_time)
    style = replace(style, paper_mm=(240.0, 290.0), inset_mm=(4.0, 4.0))
    rendered = page_of(style)
    reading = digitise.read_page(rendered.page)
    assert (reading.layout, reading.rhythm) == (layout, rhythm)
    starts = {(t.lead, t.rhythm): t.start_s for t in rendered.truth.traces}
    for trace in reading.traces:
        assert trace.start_s == pytest.approx(starts[trace.lead, trace.rhythm], abs=0.01)
    assert snr_db(rendered, reading) > 11.0


@pytest.mark.parametrize(("footer", "source"), [("scale", "print"), ("none", "heart")])
def test_fifty_mm_a_second_is_told_by_print_or_by_the_heart(footer: str, source: str) -> None:
    style = replace(PLAIN, speed_mm_per_s=50.0, seconds=5.0, footer=footer)
    rendered = page_of(style)
    reading = digitise.read_page(rendered.page)
    assert (reading.speed_mm_per_s, reading.scale_from["speed"]) == (50.0, source)
    assert snr_db(rendered, reading) > 14.0


@pytest.mark.parametrize("gain", [5.0, 20.0])
def test_gain_is_read_from_print_where_no_pulse_is(gain: float) -> None:
    rendered = page_of(replace(PLAIN, gain_mm_per_mv=gain, pulse="none", footer="scale"))
    reading = digitise.read_page(rendered.page)
    assert (reading.gain_mm_per_mv, reading.scale_from["gain"]) == (gain, "print")


def test_a_page_without_a_grid_is_read_by_its_resolution() -> None:
    rendered = page_of(replace(PLAIN, grid=render.Grid("none")))
    reading = digitise.read_page(rendered.page)
    assert reading.layout == "3x4+1"
    assert reading.px_per_mm[0] == pytest.approx(150 / 25.4)
    assert snr_db(rendered, reading) > 14.0


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_turned_back(quarters: int) -> None:
    rendered = page_of(PLAIN)
    image = np.ascontiguousarray(np.rot90(rendered.page.image, quarters))
    reading = digitise.read_page(replace(rendered.page, image=image))
    assert reading.layout == "3x4+1"
    assert snr_db(rendered, reading) > 14.0
    assert abs(reading.rotation_deg) == pytest.approx(180.0 if quarters == 2 else 90.0, abs=1.0)
    aside = np.zeros(image.shape[:2], bool)
    aside[tuple(np.round(reading.traces[0].points_px).astype(int).T)] = True
    assert (image.min(axis=2)[aside] < 128).mean() > 0.9


def test_half_a_page_is_read_by_its_names_and_nothing_is_invented() -> None:
    rendered = page_of(replace(PLAIN, layout="3x4"))
    page = rendered.page
    half = np.ascontiguousarray(page.image[:, page.image.shape[1] // 2 :])
    record = digitise.digitise(replace(page, image=half))
    for lead in ("V1", "V4", "V6"):
        true, found = rendered.truth.record.lead(lead), record.lead(lead)
        both = np.isfinite(true) & np.isfinite(found)
        assert both.sum() > 0.9 * np.isfinite(true).sum()
        assert np.corrcoef(true[both], found[both])[0, 1] > 0.7
    for lead in ("I", "II", "aVF"):
        assert np.isnan(record.lead(lead)).mean() > 0.98
        assert lead in record.reasons
        assert record.confidence[lead] < 0.1


def test_five_columns_of_other_leads_are_refused() -> None:
    page = page_of(replace(PLAIN, layout="3x4", header="none")).page
    cut = page.image.shape[1] // 3
    nameless = np.ascontiguousarray(np.concatenate([page.image[:, cut:], page.image[:, :cut]], 1))
    with pytest.raises(Refused) as caught:
        digitise.read_page(replace(page, image=nameless[:, ::-1].copy()))
    assert caught.value.refusal.code in {"unknown-layout", "no-traces"}


def test_a_page_of_words_on_a_grid_is_refused() -> None:
    style = replace(PLAIN, header="fields", footer="scale", layout="3x4")
    blank = render.simulate("normal", 1)
    blank = replace(blank, signal_mv=np.full_like(blank.signal_mv, np.nan))
    page = render.render_record(blank, style, seed=1).page
    with pytest.raises(Refused) as caught:
        digitise.read_page(page)
    assert caught.value.refusal.code in {"no-traces", "unknown-layout"}


def test_printed_words_are_found_where_they_stand() -> None:
    import cv2

    ink = np.zeros((400, 700), np.uint8)
    for name, place in (("aVR", (80, 100)), ("V5", (300, 200)), ("III", (500, 320))):
        cv2.putText(ink, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    words = find_words((ink / 255).astype(np.float32), (6.0, 6.0))
    sure = {w.text: (w.row_px, w.column_px) for w in words if w.score > 0.4}
    for name, place in (("aVR", (92, 105)), ("V5", (192, 317)), ("III", (312, 518))):
        assert sure[name] == pytest.approx(place, abs=14)


def names_of(layout: str, left_out: frozenset[str] = frozenset()) -> list[Name]:
    """Names as print would place them: rows 25 mm apart, columns as wide as the layout says."""
    cells = BY_NAME[layout].cells
    width = 250.0 / len(cells[0])
    return [
        Name(lead, 0.8, 40.0 + 25.0 * r, 20.0 + width * c)
        for r, row in enumerate(cells)
        for c, lead in enumerate(row)
        if lead not in left_out
    ]


@given(
    layout=st.sampled_from(["3x4", "6x2", "12x1"]),
    lost=st.sets(st.sampled_from(LEADS), max_size=4),
    stray=st.lists(
        st.tuples(st.sampled_from(LEADS), st.floats(0, 300), st.floats(0, 280)), max_size=3
    ),
)
@settings(max_examples=40, deadline=None)
def test_names_tell_rows_and_columns_even_with_some_lost_and_some_astray(
    layout: str, lost: set[str], stray: list[tuple[str, float, float]]
) -> None:
    names = names_of(layout, frozenset(lost)) + [Name(n, 0.5, y, x) for n, y, x in stray]
    grid = read_grid(names)
    assert grid is not None
    assert grid.layout.cells == BY_NAME[layout].cells
    # A stray name within DOWN_MM of where a lost one stood is taken for it.
    places = 40.0 + 25.0 * np.arange(len(grid.down_mm))
    np.testing.assert_allclose(grid.down_mm, places, atol=DOWN_MM + 0.5)


def test_misread_names_count_as_what_else_they_were_read_as() -> None:
    right = names_of("12x1")
    names = [
        replace(n, lead="V5", score=0.6, others=((n.lead, 0.3),)) if k % 3 else n
        for k, n in enumerate(right)
    ]
    grid = read_grid(names)
    assert grid is not None
    assert grid.layout.cells == BY_NAME["12x1"].cells
    np.testing.assert_allclose(grid.down_mm, [n.down_mm for n in right], atol=1.0)


def test_names_speak_for_their_layout_and_against_others() -> None:
    names = names_of("6x2")
    baselines = [46.0 + 25.0 * r for r in range(6)]
    right = fit_names(BY_NAME["6x2"], names, baselines, (18.0, 268.0))
    other = fit_names(BY_NAME["3x4+3"], names, baselines, (18.0, 268.0))
    assert right is not None
    assert other is not None
    assert right.right > 9.0 > 5.0 > other.right


@pytest.mark.parametrize("kind", ["normal", "atrial_fibrillation"])
@pytest.mark.parametrize("cells", [THREE_BY_FOUR, SIX_BY_TWO])
def test_columns_of_one_time_beat_together(kind: str, cells: tuple[tuple[str, ...], ...]) -> None:
    if kind not in render.KINDS:
        kind = next(k for k in render.KINDS if "fib" in k)
    for seed in range(4):
        record = render.simulate(kind, seed)
        signal = record.signal_mv[:, :: round(record.rate_hz / 250)]
        strip = mean_envelope([signal[1]], 250.0)
        assert simultaneous(envelopes(signal, cells, False), strip, 250.0)[0]
        assert not simultaneous(envelopes(signal, cells, True), strip, 250.0)[0]


def envelopes(
    signal: np.ndarray, cells: tuple[tuple[str, ...], ...], consecutive: bool
) -> list[np.ndarray]:
    """The mean envelope of each column, all from the same time or one after the other."""
    width = signal.shape[1] // len(cells[0])
    starts = [c * width if consecutive else 0 for c in range(len(cells[0]))]
    return [
        mean_envelope([signal[LEADS.index(row[c]), s : s + width] for row in cells], 250.0)
        for c, s in enumerate(starts)
    ]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_pulses_that_reach_into_the_rows_above_tell_the_gain(gain: float, side: str) -> None:
    style = replace(PLAIN, layout="12x1", pulse=side, gain_mm_per_mv=gain)
    style = replace(style, paper_mm=(142.0, 290.0), inset_mm=(26.0, 4.0))
    truth = page_of(style).truth
    ink = (page_of(style).page.image.mean(axis=2) < 90).astype(np.float32)
    rows = [trace.baseline_px[0, 0] for trace in truth.traces]
    ends = (truth.traces[0].points_px[0, 1], truth.traces[0].points_px[-1, 1])
    scale = truth.px_per_mm
    found = find_pulse_shapes(ink, rows, ends, (scale, scale))
    assert found is not None
    assert found.gain_mm_per_mv == gain
    box = truth.pulse_boxes_px[0]
    assert box[1] < found.left_px < found.right_px < box[3]


def test_traces_without_pulses_have_none() -> None:
    style = replace(PLAIN, pulse="none")
    page = page_of(style)
    ink = (page.page.image.mean(axis=2) < 90).astype(np.float32)
    rows = [trace.baseline_px[0, 0] for trace in page.truth.traces]
    ends = (page.truth.traces[0].points_px[0, 1], page.truth.traces[-1].points_px[-1, 1])
    assert find_pulse_shapes(ink, rows, ends, (page.truth.px_per_mm,) * 2) is None


def test_a_page_of_one_column_need_not_last_ten_seconds() -> None:
    style = replace(PLAIN, layout="12x1", seconds=7.0, paper_mm=(240.0, 290.0))
    rendered = page_of(replace(style, inset_mm=(4.0, 4.0)))
    reading = digitise.read_page(rendered.page)
    assert reading.layout == "12x1"
    assert snr_db(rendered, reading) > 11.0


def test_rows_closer_than_their_waves_are_told_by_their_names() -> None:
    style = replace(PLAIN, layout="12x1", gain_mm_per_mv=5.0, paper_mm=(110.0, 290.0))
    style = replace(style, inset_mm=(8.0, 4.0))
    style = replace(style, lettering=replace(style.lettering, size_mm=2.0, offset_mm=1.0))
    rendered = page_of(style)
    reading = digitise.read_page(rendered.page)
    assert (reading.layout, reading.gain_mm_per_mv) == ("12x1", 5.0)
    assert snr_db(rendered, reading) > 12.0


@pytest.mark.parametrize(
    ("speed", "gain", "footer"),
    [(50.0, 20.0, "settings"), (25.0, 5.0, "scale"), (50.0, 10.0, "scale")],
)
@pytest.mark.parametrize("family", ["times", "mono-bold", "roman"])
def test_print_is_read_in_small_letters(
    speed: float, gain: float, footer: str, family: str
) -> None:
    style = replace(PLAIN, speed_mm_per_s=speed, gain_mm_per_mv=gain, footer=footer, pulse="none")
    style = replace(style, seconds=4.0, lettering=replace(style.lettering, family=family))
    page = page_of(style).page
    ink = (page.image.mean(axis=2) < 120).astype(np.float32)
    scale = style.px_per_mm
    sure = {w.text for w in find_words(ink, (scale, scale)) if "mm" in w.text and w.score > 0.7}
    assert sure == {f"{speed:g} mm/s", f"{gain:g} mm/mV"}


@pytest.mark.parametrize("seed", range(4))
def test_a_heart_at_half_its_speed_is_noticed(seed: int) -> None:
    record = render.simulate("normal", seed)
    whole = [row[:: round(record.rate_hz / 250)] for row in record.signal_mv]
    slow = [np.interp(np.arange(2500) / 2, np.arange(len(row)), row) for row in whole]
    assert log_odds_of_25(whole, 250.0) > 0 > log_odds_of_25(slow, 250.0)
    assert log_odds_of_25(slow, 250.0) == pytest.approx(log_odds_of_25(slow, 250.0, 1.0))


def rows_of_columns(record: Record, at_50: bool) -> list[np.ndarray]:
    """Three rows of four columns, ten seconds or five, as read at 25 mm/s and 250 Hz."""
    samples = record.rate_hz * (5.0 if at_50 else 10.0)
    step = record.rate_hz / 250.0 * (0.5 if at_50 else 1.0)
    at = np.arange(0.0, samples, step)
    column = np.minimum(at * 4 / samples, 3).astype(int)
    taken = [
        [
            np.interp(at, np.arange(record.signal_mv.shape[1]), lead)
            for lead in record.signal_mv[k::3]
        ]
        for k in range(3)
    ]
    return [np.choose(column, leads) for leads in taken]


def test_a_wide_qrs_complex_is_not_taken_for_paper_at_half_the_speed() -> None:
    """Nor a page at 50 mm/s, with columns of 1.25 s, for a narrow one's at 25 mm/s."""
    hearts = [render.simulate("lbbb", seed) for seed in range(20)]
    slow = [log_odds_of_25(rows_of_columns(heart, False), 250.0) > 0 for heart in hearts]
    fast = [log_odds_of_25(rows_of_columns(heart, True), 250.0) < 0 for heart in hearts]
    assert (sum(slow), sum(fast) >= 14) == (20, True)


@pytest.mark.parametrize("times", [1, 2])
def test_bands_move_by_an_octave_where_the_speed_doubles(times: int) -> None:
    """A wave of 4.7 Hz lies in the fourth half octave above 1.4 Hz."""
    wave = np.sin(2 * np.pi * 4.7 * np.arange(2500) / 250.0)
    shares = shares_of_bands([wave], times * 250.0)
    assert shares is not None
    assert np.argmax(shares) == 3 + 2 * (times - 1)


def test_no_bands_without_a_trace() -> None:
    assert shares_of_bands([np.full(2500, np.nan)], 250.0) is None


def test_classes_are_leads_and_scales() -> None:
    assert CLASSES[:12] == LEADS
    assert all("mm" in text for text in CLASSES[12:])


def test_a_page_without_grid_and_resolution_is_refused() -> None:
    rendered = page_of(replace(PLAIN, grid=render.Grid("none")))
    with pytest.raises(Refused) as caught:
        digitise.read_page(Page(image=rendered.page.image, source="x.png"))
    assert caught.value.refusal.code in {"no-grid", "unknown-layout", "no-traces", "too-small"}


def named_rows() -> tuple[dict[str, np.ndarray], list[np.ndarray], tuple[Name, ...]]:
    """Leads of ten seconds, three rows of four columns made of them, and the columns' names."""
    record = render.simulate("normal", 3)
    at = np.arange(0.0, 10.0, 1 / 250.0)
    times = np.arange(record.signal_mv.shape[1]) / record.rate_hz
    leads = {name: np.interp(at, times, record.signal_mv[LEADS.index(name)]) for name in LEADS}
    width = len(at) // 4
    rows = [
        np.concatenate([leads[n][c * width : (c + 1) * width] for c, n in enumerate(names)])
        for names in THREE_BY_FOUR
    ]
    names = tuple(
        Name(lead, 0.8, 40.0 + 25.0 * r, 20.0 + 62.5 * c)
        for r, row in enumerate(THREE_BY_FOUR)
        for c, lead in enumerate(row)
    )
    return leads, rows, names


def test_a_strip_whose_name_is_doubtful_is_the_lead_that_it_repeats() -> None:
    leads, rows, names = named_rows()
    doubtful = Name("V3", 0.5, 115.0, 20.0, (("V3", 0.5), ("V5", 0.35)))
    printed = Print((*names, doubtful), (45.0, 70.0, 95.0, 120.0), (20.0, 270.0))
    chosen = choose_rows([*rows, leads["V5"]], printed)
    assert chosen is not None
    assert [name for name, _ in chosen[2].strips] == ["V5"]


@pytest.mark.parametrize(("above", "third"), [(("V1", "II"), "V5"), (("V1", "III"), "V6")])
def test_the_third_of_three_strips_is_the_one_that_machines_print(
    above: tuple[str, str], third: str
) -> None:
    """Its name is doubtful and its trace like no lead: what the others are decides."""
    leads, rows, names = named_rows()
    strange = np.random.default_rng(1).normal(0.0, 0.2, len(rows[0])).cumsum() / 10.0
    doubtful = Name("V6", 0.57, 165.0, 20.0, (("V6", 0.57), ("V5", 0.41)))
    printed = strips_below((*names, doubtful), above)
    chosen = choose_rows([*rows, *(leads[lead] for lead in above), strange], printed)
    assert chosen is not None
    assert [name for name, _ in chosen[2].strips] == [*above, third]


def test_a_third_strip_without_a_name_is_v5_where_its_own_column_is_not_seen() -> None:
    """Though it is alike to V6."""
    leads, rows, names = named_rows()
    rows[1][-len(rows[1]) // 4 :] = np.nan
    noise = np.random.default_rng(1).normal(0.0, 0.03, len(rows[0]))
    strips = (leads["V1"], leads["II"], leads["V5"] + noise)
    chosen = choose_rows([*rows, *strips], strips_below(names, ("V1", "II")))
    assert chosen is not None
    assert [name for name, _ in chosen[2].strips] == ["V1", "II", "V5"]


def strips_below(names: tuple[Name, ...], strips: tuple[str, ...]) -> Print:
    """Six rows, of which the fourth and fifth have these names."""
    beside = [Name(lead, 0.9, 115.0 + 25.0 * k, 20.0) for k, lead in enumerate(strips)]
    baselines = tuple(45.0 + 25.0 * k for k in range(6))
    return Print((*names, *beside), baselines, (20.0, 270.0))


def test_names_of_the_second_column_are_not_the_lower_half_of_twelve_rows() -> None:
    """Names in the margin stand lower than those above the traces of the second column."""
    names = [
        Name(lead, 0.45 + 0.35 * c, 46.0 + 48.0 * r - 6.0 * c, 20.0 + 130.0 * c)
        for r, row in enumerate(SIX_BY_TWO)
        for c, lead in enumerate(row)
    ]
    grid = read_grid(names)
    assert grid is not None
    assert grid.layout.name == "6x2"
