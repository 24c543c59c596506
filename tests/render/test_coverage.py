"""The coverage that networks learn from lies where the ink is, on flat and on bent pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.render.test_sheet_truth import slow_record

from ecgpage.render import Grid, PageStyle, World, cover_layers, flat_crop, render_record

STYLE = PageStyle(
    grid=Grid("none"), header="none", footer="none", pulse="left", separator="bar", dpi=200.0,
    line_width_mm=0.4,
)  # fmt: skip
BENT = World(rotation_deg=4.0, perspective=(0.1, -0.08), margin=0.05, folds=1, crumple=0.3)


@pytest.mark.parametrize("world", [None, BENT], ids=["flat", "bent"])
@pytest.mark.parametrize("density", [6.0, 7.874])
def test_coverage_is_the_pages_darkness(world: World | None, density: float) -> None:
    record = slow_record()
    page = render_record(record, replace(STYLE, lettering=STYLE.lettering), 3, world=world)
    layers = cover_layers(record, STYLE, 12.0)
    image, cover = flat_crop(page, layers, (100.0, 110.0), density, 400, wobble_mm=0.05, seed=1)
    dark = 1.0 - image[..., 1].astype(float) / 255.0
    truth = cover.max(axis=2).astype(float) / 255.0
    rows = np.arange(400)[:, None]
    distances = []
    for column in range(20, 380):
        ink = truth[:, column]
        runs = np.flatnonzero(np.diff(np.concatenate([[0], ink > 0.2, [0]]).astype(int)))
        for top, end in zip(runs[::2], runs[1::2], strict=True):
            near = slice(max(top - 2, 0), end + 2)
            shade = dark[near, column]
            if end - top > 12 or top < 3 or end > 396 or shade.sum() < 0.8 * ink[near].sum():
                continue
            at = rows[near, 0]
            distances.append(
                (at * shade).sum() / shade.sum() - (at * ink[near]).sum() / ink[near].sum()
            )
    assert len(distances) > 300
    assert np.median(np.abs(distances)) < 0.1
    assert abs(np.median(distances)) < 0.05


def test_each_kind_of_ink_has_its_layer() -> None:
    layers = cover_layers(slow_record(), STYLE, 8.0)
    bare = cover_layers(slow_record(), replace(STYLE, pulse="none", separator="none"), 8.0)
    assert all((layers.cover[..., k] > 128).sum() > 200 for k in range(4))
    assert (bare.cover[..., 0] > 128).sum() > 1000
    assert not bare.cover[..., 1:3].any()
