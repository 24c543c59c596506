"""The learned way to tell ink from paper and grid, and how it gives way to the classical one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink import network as ink_network
from ecgpage.digitise.ink import pen as ink
from ecgpage.digitise.tracing.runs import INK
from ecgpage.render import Grid, PageStyle, World, cover_layers, render_record, simulate

BLACK_GRID = PageStyle(
    layout="3x4+1", dpi=203.2, ink_rgb=(30, 30, 30), line_width_mm=0.25, paper_rgb=(235, 200, 160),
    grid=Grid(minor_rgb=(110, 90, 75), major_rgb=(20, 15, 10), major_width_mm=0.25),
)  # fmt: skip
WORN = World(blur_px=0.8, noise=8.0, unevenness=0.25, shadow=0.3, jpeg_quality=60)


def sheet_of(seed: int, style: PageStyle, world: World | None) -> tuple[Sheet, np.ndarray]:
    """A page as a sheet, and the true coverage by its traces and pulses."""
    record = simulate("normal", seed)
    page = render_record(record, style, seed, world=world)
    scale = style.px_per_mm
    cover = cover_layers(record, style, scale).cover[..., :2].max(axis=2) / np.float32(255)
    return Sheet(image=page.page.image, px_per_mm=(scale, scale)), cover


def overlap(truth: np.ndarray, found: np.ndarray) -> float:
    a, b = truth >= INK, found >= INK
    return float((a & b).sum() / (a | b).sum())


def test_the_weights_are_the_ones_described() -> None:
    folder = resources.files("ecgpage.digitise") / "weights"
    weights = (folder / "ink.onnx").read_bytes()
    about = json.loads((folder / "ink.json").read_text())
    assert len(weights) < 1_000_000
    assert about["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert {"version", "seed", "steps", "squares", "pairs_sha256"} <= set(about)


@pytest.mark.parametrize(
    ("shape", "density"), [((97, 130), 8.0), ((203, 151), 12.0), ((70, 90), 4)]
)
def test_cover_has_the_sheets_shape_and_lies_between_0_and_1(
    shape: tuple[int, int], density: float
) -> None:
    image = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = ink_network.network_cover(Sheet(image=image, px_per_mm=(density, density)))
    for cover in (found.line, found.pulse, found.separator, found.print):
        assert cover.shape == shape
        assert cover.dtype == np.float32
        assert cover.min() >= 0.0
        assert cover.max() <= 1.0


def test_bare_paper_has_no_ink() -> None:
    sheet = Sheet(image=np.full((320, 400, 3), 240, np.uint8), px_per_mm=(8.0, 8.0))
    assert ink_network.network_cover(sheet).line.max() < 0.1


def test_the_same_sheet_gives_the_same_cover() -> None:
    sheet, _ = sheet_of(5, replace(BLACK_GRID, dpi=160.0), WORN)
    first, again = (ink_network.network_cover(sheet, threads=1).line for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("seed", [6, 7])
def test_a_grid_as_dark_as_the_ink_is_read_better_than_classically(seed: int) -> None:
    sheet, truth = sheet_of(seed, BLACK_GRID, WORN)
    classical = overlap(truth, ink.find_ink(sheet, "classical").cover)
    assert overlap(truth, ink.find_ink(sheet, "network").cover) > classical
    assert overlap(truth, ink.find_ink(sheet, "mixed").cover) > classical + 0.05


def test_a_clean_page_stays_as_the_classical_way_reads_it() -> None:
    sheet, _ = sheet_of(6, PageStyle(layout="3x4+1", dpi=160.0), None)
    chosen = ink.find_ink(sheet, "auto")
    assert not chosen.learned
    np.testing.assert_array_equal(chosen.cover, ink.find_ink(sheet, "classical").cover)


def test_the_network_cleans_stray_ink_and_reads_where_the_classical_way_failed() -> None:
    sheet, truth = sheet_of(7, replace(BLACK_GRID, dpi=160.0), WORN)
    found = ink_network.network_cover(sheet)
    plain = ink.classical_ink(sheet)
    blot = plain.cover.copy()
    blot[-150:-50, 50:-50] = 1.0
    blotted = ink._best(sheet, replace(plain, cover=blot), found)
    assert blotted.learned
    assert blotted.cover[-150:-50].sum() < 0.1 * blot[-150:-50].sum()
    assert overlap(truth, blotted.cover) > 0.5
    blind = ink._best(sheet, replace(plain, cover=np.zeros_like(plain.cover)), found)
    assert blind.learned
    assert overlap(truth, blind.cover) > 0.5


def test_strokes_between_columns_are_kept_apart() -> None:
    style = replace(BLACK_GRID, separator="bar")
    record = simulate("normal", 7)
    sheet, _ = sheet_of(7, style, None)
    bars = cover_layers(record, style, style.px_per_mm).cover[..., 2] > 200
    found = ink.find_ink(sheet, "network")
    assert bars.sum() > 500
    assert (found.strokes[bars] > 0.5).mean() > 0.8
    assert (found.cover[bars] > 0.5).mean() < 0.4


def test_without_weights_the_classical_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(threads: int) -> None:
        raise ink_network.NetworkMissing("no such file")

    monkeypatch.setattr(ink_network, "_session", broken)
    sheet, _ = sheet_of(8, replace(BLACK_GRID, dpi=160.0), WORN)
    expected = ink.find_ink(sheet, "classical").cover
    np.testing.assert_array_equal(ink.find_ink(sheet, "auto").cover, expected)
    for way in ("network", "mixed"):
        with pytest.raises(ink_network.NetworkMissing, match="no such file"):
            ink.find_ink(sheet, way)
