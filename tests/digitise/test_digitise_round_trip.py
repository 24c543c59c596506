"""``digitise(render(x))`` gives ``x``: over layouts, gains and grid colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render, score
from ecgpage.values import LEADS, Page, Record, Refused

PLAIN = render.PageStyle(dpi=150.0, header="none")


def page_of(style: render.PageStyle, seed: int = 3) -> render.RenderedPage:
    """A simulated record on a page of the given style."""
    return render.render_record(render.simulate("normal", seed), style, seed=seed)


def snr_db(rendered: render.RenderedPage, record: Record) -> float:
    """The 2024 challenge's figure of an estimate."""
    return score.compare_records(rendered.truth.record, record).challenge_snr_db


@pytest.mark.parametrize(
    ("layout", "rhythm"),
    [("3x4", ()), ("3x4+1", ("II",)), ("3x4+3", ("V1", "II", "V5")), ("6x2", ())],
)
def test_layouts_come_back(layout: str, rhythm: tuple[str, ...]) -> None:
    rendered = page_of(replace(PLAIN, layout=layout, rhythm=rhythm or ("II",)))
    reading = digitise.read_page(rendered.page)
    assert reading.layout == layout
    assert reading.rhythm == rhythm
    assert snr_db(rendered, reading.record) > 12.0


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_gain_is_read_from_the_pulse(gain: float) -> None:
    rendered = page_of(replace(PLAIN, gain_mm_per_mv=gain))
    reading = digitise.read_page(rendered.page)
    assert reading.gain_mm_per_mv == gain
    assert reading.scale_from["gain"] == "pulse"


@pytest.mark.parametrize(
    "colours", [((200, 235, 200), (120, 190, 120)), ((215, 215, 215), (150, 150, 150))]
)
def test_grid_colour_does_not_matter(
    colours: tuple[tuple[int, int, int], tuple[int, int, int]],
) -> None:
    grid = render.Grid(minor_rgb=colours[0], major_rgb=colours[1])
    rendered = page_of(replace(PLAIN, grid=grid))
    assert snr_db(rendered, digitise.digitise(rendered.page)) > 12.0


def test_scale_is_the_sheets_own() -> None:
    rendered = page_of(PLAIN)
    reading = digitise.read_page(rendered.page)
    assert reading.px_per_mm == pytest.approx((150 / 25.4, 150 / 25.4), rel=0.003)


def test_what_is_not_on_the_page_is_nan_with_a_reason() -> None:
    record = digitise.digitise(page_of(replace(PLAIN, layout="3x4")).page)
    assert record.leads == LEADS
    assert record.signal_mv.shape == (12, 5000)
    v1 = record.lead("V1")
    assert np.isnan(v1[:2400]).all()
    assert np.isfinite(v1[2600:3600]).all()
    assert "V1" in record.reasons


@pytest.mark.parametrize("noise", [0, 40])
def test_a_page_without_a_grid_is_refused(noise: int) -> None:
    random = np.random.default_rng(1)
    image = (235 + noise * random.standard_normal((600, 800, 3))).clip(0, 255).astype(np.uint8)
    with pytest.raises(Refused) as caught:
        digitise.digitise(Page(image=image, source="blank.png"))
    assert caught.value.refusal.code in {"no-grid", "no-traces", "too-small", "unknown-layout"}
    assert "blank.png" in str(caught.value)


def test_a_tiny_picture_is_refused() -> None:
    with pytest.raises(Refused, match="too small"):
        digitise.digitise(Page(image=np.full((60, 80, 3), 255, np.uint8), source="tiny.png"))


def test_traces_on_the_page_are_the_samples_read() -> None:
    rendered = page_of(PLAIN)
    reading = digitise.read_page(rendered.page)
    px_per_mv = reading.px_per_mm[0] * reading.gain_mm_per_mv
    for trace in reading.traces:
        samples = slice(round(trace.start_s * 500), round(trace.end_s * 500))
        points = trace.points_px
        assert len(points) == samples.stop - samples.start
        signal = reading.record.signal_mv[LEADS.index(trace.lead), samples]
        if trace.rhythm or trace.lead not in reading.rhythm:
            swing = np.nanmax(signal) - np.nanmin(signal)
            assert np.ptp(points[:, 0]) == pytest.approx(swing * px_per_mv, rel=0.01)
