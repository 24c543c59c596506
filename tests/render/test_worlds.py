"""The truth follows what the world does to a page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.render.test_sheet_truth import slow_record

from ecgpage.render import (
    TEMPLATES,
    WORLDS,
    Grid,
    PageStyle,
    World,
    random_style,
    random_world,
    render_record,
    simulate,
    template,
)
from ecgpage.values import WrongUse
from ecgpage.values.truth import Truth

BARE = PageStyle(
    grid=Grid("none"), header="none", footer="none", pulse="none", separator="none", dpi=150.0,
    line_width_mm=0.35,
)  # fmt: skip
BENT = st.builds(
    World,
    rotation_deg=st.floats(-12, 12),
    turns=st.integers(0, 3),
    perspective=st.tuples(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25)),
    margin=st.floats(0, 0.15),
    folds=st.integers(0, 4),
    crumple=st.floats(0, 1),
    curl=st.floats(0, 1),
)


def ink_near(image: np.ndarray, truth: Truth, reach: int = 4) -> np.ndarray:
    """Distance (px) from true points on the page to the centre of the ink around them."""
    out = []
    rows, columns = truth.page_shape_px
    for trace in truth.traces:
        if trace.rhythm:
            continue
        ways = np.gradient(trace.points_px, axis=0)
        for point, way in zip(trace.points_px[60:-60:90], ways[60:-60:90], strict=True):
            row, column = (round(v) for v in point)
            if not (reach < row < rows - reach - 1 and reach < column < columns - reach - 1):
                continue
            part = image[row - reach : row + reach + 1, column - reach : column + reach + 1]
            ink = np.clip(part.max() - part.mean(axis=2), 0, None) ** 2
            if ink.sum() < 200:
                out.append(np.inf)
                continue
            grid = np.mgrid[row - reach : row + reach + 1, column - reach : column + reach + 1]
            centre = (grid * ink).sum(axis=(1, 2)) / ink.sum()
            normal = np.array([way[1], -way[0]]) / max(np.hypot(*way), 1e-9)
            out.append(abs((centre - point) @ normal))
    return np.array(out)


@settings(max_examples=12, deadline=None)
@given(world=BENT, seed=st.integers(0, 10_000))
def test_true_points_lie_on_the_ink_of_a_bent_page(world: World, seed: int) -> None:
    page = render_record(slow_record(seed), BARE, seed, world=world)
    away = ink_near(page.page.image, page.truth)
    assert page.page.image.shape[:2] == page.truth.page_shape_px
    if away.size:
        assert np.median(away) < 0.35
        assert np.percentile(away, 90) < 1.2


@settings(max_examples=12, deadline=None)
@given(world=BENT, seed=st.integers(0, 10_000))
def test_the_map_goes_there_and_back(world: World, seed: int) -> None:
    truth = render_record(slow_record(), replace(BARE, dpi=60.0), seed, world=world).truth
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.1, 0.9, (200, 2)) * truth.sheet_shape_px
    there = truth.to_page(points)
    inside = ((there > 0) & (there < np.array(truth.page_shape_px) - 1)).all(axis=1)
    assert np.abs(truth.to_sheet(there) - points)[inside].max(initial=0.0) < 0.02


def test_a_bent_page_keeps_its_signal() -> None:
    record = slow_record()
    flat = render_record(record, BARE, 3)
    world = World(folds=2, crumple=0.5, rotation_deg=4, margin=0.1)
    bent = render_record(record, BARE, 3, world=world)
    assert np.array_equal(flat.truth.record.signal_mv, bent.truth.record.signal_mv, equal_nan=True)
    moved = np.abs(flat.truth.traces[0].points_px - bent.truth.traces[0].points_px)
    assert moved.max() > 5


def test_what_leaves_the_picture_leaves_the_truth() -> None:
    truth = render_record(slow_record(), BARE, 3, world=World(rotation_deg=25)).truth
    whole = render_record(slow_record(), BARE, 3).truth
    shown, before = (np.isfinite(t.record.signal_mv).sum() for t in (truth, whole))
    assert 0.5 * before < shown < before
    for trace in truth.traces:
        inside = trace.points_px[np.isfinite(trace.values_mv)]
        assert (inside >= -0.5).all()
        assert (inside <= np.array(truth.page_shape_px) - 0.5).all()


def test_corners_turn_with_the_page() -> None:
    truth = render_record(slow_record(), BARE, world=World(turns=1)).truth
    rows, columns = truth.page_shape_px
    assert (columns, rows) == truth.sheet_shape_px
    expected = [
        [-0.5, columns - 0.5],
        [rows - 0.5, columns - 0.5],
        [rows - 0.5, -0.5],
        [-0.5, -0.5],
    ]
    assert np.allclose(truth.corners_px, expected, atol=0.01)


@pytest.mark.parametrize("kind", WORLDS)
def test_the_same_seed_gives_the_same_bytes(kind: str) -> None:
    record, style = simulate("normal", 2), template("red-edge", dpi=80.0)
    world = random_world(7, 1.0, kind=kind)
    first, again = (render_record(record, style, 9, world=world) for _ in range(2))
    other = render_record(record, style, 10, world=world)
    assert first.page.image.tobytes() == again.page.image.tobytes()
    assert first.page.image.tobytes() != other.page.image.tobytes()
    assert random_world(7, 1.0, kind=kind) == world


def test_no_strength_is_no_world() -> None:
    record, style = simulate("normal", 2), template("red-edge", dpi=80.0)
    clean = render_record(record, style, 1)
    same = render_record(record, style, 1, world=random_world(3, 0.0))
    assert clean.page.image.tobytes() == same.page.image.tobytes()
    assert same.truth.warp is None


@pytest.mark.parametrize("copy", ["grey", "low-contrast", "black-white"])
def test_copies_have_no_colour(copy: str) -> None:
    page = render_record(
        simulate("normal", 2), template("red-edge", dpi=80.0), world=World(copy=copy)
    )
    image = page.page.image
    assert (image[..., 0] == image[..., 1]).all()
    assert (image[..., 0] == image[..., 2]).all()
    if copy == "black-white":
        assert set(np.unique(image)) == {0, 255}
    if copy == "low-contrast":
        assert image.min() > 100


def test_shadow_darkens_and_never_brightens() -> None:
    record, style = simulate("normal", 2), template("red-edge", dpi=80.0)
    clean = render_record(record, style, 1).page.image.astype(int)
    dark = render_record(record, style, 1, world=World(shadow=0.5)).page.image.astype(int)
    assert dark.mean() < clean.mean()
    assert (dark <= clean + 1).all()


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_renders(name: str) -> None:
    page = render_record(simulate("normal", 2), TEMPLATES[name], 1)
    assert page.page.image.shape == (*TEMPLATES[name].shape_px, 3)
    assert page.page.image.min() < 120


def test_random_styles_are_valid_and_differ() -> None:
    record = simulate("normal", 2)
    styles = [random_style(seed, dpi=(60.0, 80.0)) for seed in range(24)]
    assert styles[3] == random_style(3, dpi=(60.0, 80.0))
    assert len({style.layout for style in styles}) >= 5
    assert len({style.grid.kind for style in styles}) >= 3
    assert {style.speed_mm_per_s for style in styles} == {25.0, 50.0}
    for seed, style in enumerate(styles):
        truth = render_record(record, style, seed).truth
        assert np.isfinite(truth.record.signal_mv).any(axis=1).all()
        assert 58.0 < truth.px_per_mm * 25.4 < 85.0


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(WrongUse, match="no-such-look"):
        template("no-such-look")
