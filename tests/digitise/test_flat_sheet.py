"""The rectified sheet against the true warp of rendered pages: grids, turns, perspective, bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecgpage import digitise, render
from ecgpage.digitise.flat import flat_sheet
from ecgpage.digitise.flatten import rectify
from ecgpage.digitise.flatten.gridwave import grid_wave
from ecgpage.digitise.flatten.lattice import find_lattice

PLAIN = render.PageStyle(dpi=150.0, header="none")
BLACK = render.Grid(minor_rgb=(190, 190, 190), major_rgb=(95, 95, 95))
PALE = render.Grid(minor_rgb=(252, 225, 225), major_rgb=(245, 190, 190))
PHOTO = render.World(
    name="photo", rotation_deg=-7.0, perspective=(0.12, -0.15), margin=0.08, background="wood",
    curl=0.5, unevenness=0.2, shadow=0.3, blur_px=0.7, noise=3.0, jpeg_quality=80,
)  # fmt: skip


def misplaced_mm(style: render.PageStyle, world: render.World | None, seed: int = 3) -> np.ndarray:
    """Displacement (n, 2) of the sheet's points inside the traces, but for a common one."""
    page = render.render_record(render.simulate("normal", seed), style, seed=seed, world=world)
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    rows, columns = sheet.image.shape[:2]
    down, across = sheet.px_per_mm
    at = np.mgrid[0 : rows - 1 : 3 * down, 0 : columns - 1 : 3 * across].reshape(2, -1).T
    truth = page.truth
    true_mm = truth.to_sheet(sheet.to_page(at)) / truth.px_per_mm
    drawn = np.concatenate([truth.to_sheet(t.points_px) for t in truth.traces]) / truth.px_per_mm
    low, high = np.percentile(drawn, 1, axis=0), np.percentile(drawn, 99, axis=0)
    inside = (true_mm > low).all(axis=1) & (true_mm < high).all(axis=1)
    assert inside.sum() * 9 > 0.8 * np.prod(high - low)
    error = (true_mm - at / [down, across])[inside]
    return np.asarray(error - np.median(error, axis=0))


@pytest.mark.parametrize(
    "grid",
    [
        render.Grid(), BLACK, PALE, replace(BLACK, kind="dots"), replace(BLACK, kind="dashes"),
        render.Grid(minor=False),
    ],
    ids=["red", "black", "pale", "dots", "dashes", "5 mm lines alone"],
)  # fmt: skip
def test_every_grid_gives_the_scale(grid: render.Grid) -> None:
    assert np.abs(misplaced_mm(replace(PLAIN, grid=grid), None)).max() < 0.1


@pytest.mark.parametrize("turn_deg", [-3.0, 0.5, 11.0])
def test_turned_pages_are_straightened(turn_deg: float) -> None:
    world = render.World(rotation_deg=turn_deg)
    assert np.abs(misplaced_mm(PLAIN, world)).max() < 0.15


def test_the_bow_of_a_photographed_sheet_is_taken_out() -> None:
    error = np.abs(misplaced_mm(PLAIN, PHOTO))
    assert error.mean() < 0.05
    assert np.percentile(error, 99) < 0.25


@pytest.mark.parametrize("bends", [{"folds": 2}, {"crumple": 0.4}], ids=["folded", "crumpled"])
def test_folds_and_crumples_are_followed(bends: dict[str, float]) -> None:
    error = np.abs(misplaced_mm(replace(PLAIN, dpi=200.0), replace(PHOTO, **bends)))  # type: ignore[arg-type]
    assert error.mean() < 0.1
    assert np.percentile(error, 95) < 0.4


@pytest.mark.parametrize("seed", [2, 3, 6])
def test_a_fold_in_an_even_page_is_not_rounded_off(seed: int) -> None:
    world = render.World(name="copy", folds=1, copy="grey")
    assert np.abs(misplaced_mm(replace(PLAIN, grid=BLACK), world, seed)).mean() < 0.015


def test_a_flat_page_is_not_resampled() -> None:
    page = render.render_record(render.simulate("normal", 1), PLAIN, seed=1)
    sheet, _ = flat_sheet(page.page, digitise.Settings())
    assert sheet.image is page.page.image
    assert sheet.nodes_px is None


def test_a_grid_that_would_make_an_endless_sheet_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    page = render.render_record(render.simulate("normal", 3), PLAIN, seed=3, world=PHOTO)
    monkeypatch.setattr(rectify, "sheet_density", lambda scale: 60_000.0)
    wave = grid_wave(page.page.image)
    lattice = find_lattice(wave)
    assert lattice is not None
    sheet = rectify.rectify(page.page.image, wave, lattice)
    assert sheet.cells == 0
    assert sheet.image.shape == page.page.image.shape


def test_steep_perspective_smears_the_grid_over_the_page_but_not_in_a_corner() -> None:
    dashes = replace(PLAIN, grid=render.Grid(kind="dashes", minor=False), layout="12x1", rhythm=())
    world = replace(PHOTO, perspective=(0.4, 0.0), rotation_deg=1.5)
    assert np.abs(misplaced_mm(dashes, world)).mean() < 0.03


def test_tall_complexes_one_above_the_other_are_no_line_of_the_grid() -> None:
    tall = replace(
        PLAIN, layout="12x1", rhythm=(), gain_mm_per_mv=20.0, ink_rgb=(90, 90, 110)
    )  # fmt: skip
    error = np.abs(misplaced_mm(tall, replace(PHOTO, rotation_deg=1.0), 4))
    assert np.percentile(error[:, 1], 99) < 0.15
