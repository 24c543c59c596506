"""The truth of a clean sheet agrees with its ink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.render import LAYOUTS, Grid, PageStyle, render_record, simulate
from ecgpage.render.layouts import layout_rows
from ecgpage.values import LEADS, Record, Refused, WrongUse

BARE = PageStyle(
    grid=Grid("none"), header="none", footer="none", pulse="none", separator="none", dpi=150.0
)


def slow_record(seed: int = 0, rate_hz: float = 500.0) -> Record:
    """Twelve leads of slow waves, so that ink in a column belongs to one point of the line."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(10 * rate_hz)) / rate_hz
    waves = [
        0.4 * np.sin(2 * np.pi * rng.uniform(0.2, 0.5) * time_s + rng.uniform(0, 6)) for _ in LEADS
    ]
    return Record(np.stack(waves), rate_hz, name="slow")


def ink_centres(image: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Centre of the ink in each column of a box, shape (columns,)."""
    top, left, bottom, right = box
    ink = 255.0 - image[top:bottom, left:right].mean(axis=2)
    rows = np.arange(top, bottom)[:, None]
    return (ink * rows).sum(axis=0) / ink.sum(axis=0)


@settings(max_examples=15, deadline=None)
@given(
    layout=st.sampled_from(LAYOUTS),
    dpi=st.floats(100, 220),
    speed=st.sampled_from([25.0, 50.0]),
    gain=st.sampled_from([5.0, 10.0, 20.0]),
    width_mm=st.floats(0.2, 0.5),
    seed=st.integers(0, 1000),
)
def test_ink_lies_on_the_true_line(
    layout: str, dpi: float, speed: float, gain: float, width_mm: float, seed: int
) -> None:
    style = replace(
        BARE, layout=layout, dpi=dpi, speed_mm_per_s=speed, gain_mm_per_mv=gain,
        line_width_mm=width_mm, paper_mm=(300.0, 280.0), inset_mm=(4.0, 4.0),
    )  # fmt: skip
    page = render_record(slow_record(seed), style)
    names = [trace.name_box_px for trace in page.truth.traces]
    for trace in page.truth.traces:
        columns = np.arange(
            int(trace.points_px[0, 1]) + 3, int(trace.points_px[-1, 1]) - 2, dtype=int
        )
        true_rows = np.interp(columns, trace.points_px[:, 1], trace.points_px[:, 0])
        for column, row in zip(columns[::7], true_rows[::7], strict=True):
            reach = round(width_mm * page.truth.px_per_mm) + 5
            top, bottom = int(row) - reach, int(row) + reach + 1
            if any(_meets(name, top, bottom, column) for name in names):
                continue
            if _others_near(page.truth.traces, trace, top, bottom, column):
                continue
            centre = ink_centres(page.page.image, (top, column, bottom, column + 1))[0]
            assert abs(centre - row) < 0.2


def _meets(
    name: tuple[float, float, float, float] | None, top: int, bottom: int, column: int
) -> bool:
    return name is not None and (
        name[0] <= bottom and name[2] >= top and name[1] - 2 <= column <= name[3] + 2
    )


def _others_near(traces: tuple, trace: object, top: int, bottom: int, column: int) -> bool:
    for other in traces:
        if other is trace:
            continue
        row = np.interp(column, other.points_px[:, 1], other.points_px[:, 0], left=-99, right=-99)
        if top - 3 <= row <= bottom + 3:
            return True
    return False


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_lead_stands_once_in_the_columns(layout: str) -> None:
    page = render_record(slow_record(), replace(BARE, layout=layout))
    leads = [trace.lead for trace in page.truth.traces if not trace.rhythm]
    assert sorted(leads) == sorted(LEADS)
    rows, columns, strips = layout_rows(layout)
    assert sum(trace.rhythm for trace in page.truth.traces) == strips
    assert {trace.row for trace in page.truth.traces} == set(range(rows + strips))
    assert {trace.column for trace in page.truth.traces} == set(range(columns))


@pytest.mark.parametrize("dpi", [96.0, 150.0, 200.0, 300.0])
def test_scale_is_exact(dpi: float) -> None:
    record = slow_record()
    page = render_record(record, replace(BARE, dpi=dpi))
    assert page.truth.px_per_mm == dpi / 25.4
    for trace in page.truth.traces:
        run = np.diff(trace.points_px[:, 1])
        assert np.allclose(run, 25.0 * dpi / 25.4 / record.rate_hz)
        rise = trace.baseline_px[0, 0] - trace.points_px[:, 0]
        assert np.allclose(rise, trace.values_mv * 10.0 * dpi / 25.4)


@pytest.mark.parametrize("dpi", [100.0, 137.0, 200.0])
def test_grid_lines_stand_every_millimetre(dpi: float) -> None:
    style = replace(
        BARE, dpi=dpi, grid=Grid(minor_width_mm=0.2, major_width_mm=0.2), rhythm=("II",)
    )
    page = render_record(slow_record(), style)
    between = round(1.5 * dpi / 25.4 - 0.5)
    ink = 255.0 - page.page.image[between, :, 2].astype(float)
    ink -= ink.min()
    errors = []
    for k in range(20, 60):
        at = k * dpi / 25.4 - 0.5
        near = np.arange(int(at) - 1, int(at) + 3)
        errors.append((ink[near] * near).sum() / ink[near].sum() - at)
    assert np.abs(errors).max() < 0.15  # what whole pixels allow for a line of 0.2 mm
    assert abs(np.mean(errors)) < 0.03


def test_mask_shows_each_column_at_its_own_time() -> None:
    record = slow_record()
    truth = render_record(record, replace(BARE, layout="3x4+1")).truth
    for k, lead in enumerate(LEADS):
        seen = np.isfinite(truth.record.lead(lead))
        column = k // 3
        expected = np.zeros(5000, bool)
        expected[1250 * column : 1250 * (column + 1)] = True
        assert np.array_equal(seen, expected | (lead == "II"))
        assert np.array_equal(truth.record.lead(lead)[seen], record.lead(lead)[seen])
        assert (lead in truth.record.reasons) == (lead != "II")


def test_simultaneous_columns_show_the_same_time() -> None:
    truth = render_record(slow_record(), replace(BARE, layout="6x2", simultaneous=True)).truth
    for lead in LEADS:
        seen = np.isfinite(truth.record.lead(lead))
        assert seen[:2500].all()
        assert not seen[2500:].any()


def test_samples_off_the_paper_are_not_in_the_truth() -> None:
    record = slow_record()
    record.signal_mv[0, 300:400] = 40.0
    truth = render_record(record, BARE).truth
    assert np.isnan(truth.record.lead("I")[300:400]).all()
    assert np.isfinite(truth.record.lead("I")[:300]).all()


def test_a_hole_in_the_record_stays_a_hole() -> None:
    record = slow_record()
    record.signal_mv[1, 100:200] = np.nan
    page = render_record(record, BARE)
    assert np.isnan(page.truth.record.lead("II")[100:200]).all()
    trace = next(t for t in page.truth.traces if t.lead == "II" and t.rhythm)
    columns = trace.points_px[110:190, 1].astype(int)
    row = int(trace.baseline_px[0, 0])
    reach = round(5 * page.truth.px_per_mm)
    hole = page.page.image[row - reach : row + reach, columns]
    assert (hole == 255).all()


def test_the_same_seed_gives_the_same_bytes_and_another_other_words() -> None:
    record, style = simulate("normal", 1), PageStyle(dpi=100.0)
    first, again, other = (render_record(record, style, seed) for seed in (5, 5, 6))
    assert first.page.image.tobytes() == again.page.image.tobytes()
    assert first.page.image.tobytes() != other.page.image.tobytes()
    assert [t for t, _ in first.truth.texts] == [t for t, _ in again.truth.texts]


def test_names_and_pulses_stand_where_the_truth_says() -> None:
    page = render_record(slow_record(), replace(BARE, pulse="left"))
    assert len(page.truth.pulse_boxes_px) == 4
    for top, left, bottom, right in page.truth.pulse_boxes_px:
        assert bottom - top == pytest.approx(10 * page.truth.px_per_mm)
        part = page.page.image[round(top) : round(bottom) + 1, round(left) : round(right) + 1]
        assert part.min() < 60
    for trace in page.truth.traces:
        assert trace.name_box_px is not None
        top, left, bottom, right = (round(v) for v in trace.name_box_px)
        assert page.page.image[top : bottom + 1, left : right + 1].min() < 100


def test_too_narrow_a_page_is_refused() -> None:
    with pytest.raises(Refused, match="less than half a second") as caught:
        render_record(slow_record(), replace(BARE, paper_mm=(200.0, 40.0)))
    assert caught.value.refusal.code == "page-too-narrow"


def test_an_unknown_layout_is_named() -> None:
    with pytest.raises(WrongUse, match="5x5"):
        replace(BARE, layout="5x5")


def test_missing_leads_are_left_blank() -> None:
    record = slow_record()
    two = Record(record.signal_mv[:2], record.rate_hz, ("I", "II"), name="two")
    truth = render_record(two, BARE).truth
    assert [trace.lead for trace in truth.traces] == ["I", "II", "II"]


def test_names_that_fall_off_the_page_are_cut_off() -> None:
    style = replace(BARE, layout="12x1", paper_mm=(70.0, 279.4), inset_mm=(4.0, 0.0))
    style = replace(style, lettering=replace(style.lettering, place="below", offset_mm=6.0))
    page = render_record(simulate("normal", 1), style)
    assert page.page.image.shape[:2] == style.shape_px
