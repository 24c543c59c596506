"""What lies around a photographed page is not its trace."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.audit import describe, find_twins
from ecgpage.audit.ink import ink_map
from ecgpage.values import Page


def photographed(seed: int, desk: int) -> Page:
    """Four wandering traces on paper that lies on a desk of that brightness."""
    rng = np.random.default_rng(seed)
    image = np.full((700, 1000), desk, np.uint8)
    image[40:660, 50:950] = 235
    columns = np.arange(100, 900)
    for row in range(4):
        heights = 150 + 130 * row + 25 * np.cumsum(rng.normal(0, 0.2, len(columns)))
        heights -= 40 * (rng.random(len(columns)) < 0.012)
        points = np.stack([columns, heights], axis=1).round().astype(np.int32)
        cv2.polylines(image, [points], False, 20, 2, cv2.LINE_AA)
    return Page(image=np.repeat(image[..., None], 3, axis=2), source=f"{seed}")


@pytest.mark.parametrize("desk", [5, 60])
def test_pages_on_one_desk_are_not_copies_of_each_other(desk: int) -> None:
    pages = {str(seed): describe(photographed(seed, desk)) for seed in range(4)}
    assert find_twins(pages) == ()
    pages["copy"] = describe(
        Page(image=np.clip(photographed(0, desk).image * 0.9, 0, 255).astype(np.uint8), source="c")
    )
    assert {(pair.first, pair.second) for pair in find_twins(pages)} == {("0", "copy")}


def test_the_traces_are_the_darkest_ink_whatever_the_desk() -> None:
    dark, light = (ink_map(photographed(1, desk).image[..., 0]) for desk in (5, 235))
    assert (dark[:18] == 0).all()
    inside = (slice(40, 340), slice(50, 460))
    assert np.corrcoef(dark[inside].ravel(), light[inside].ravel())[0, 1] > 0.98
