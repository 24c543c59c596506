"""The region is found on the page: traces inside, header and footer outside."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecgpage.learn import Region, find_region
from ecgpage.read import read_page
from ecgpage.values import Page

from .drawn import drawn_page


@pytest.mark.parametrize("grid", ["red", "grey", "blue"])
@pytest.mark.parametrize("frame", [True, False])
def test_grid_with_header_and_footer(grid: str, frame: bool) -> None:
    region = find_region(drawn_page(grid=grid, frame=frame))
    assert 115 <= region.top <= 145, region
    assert 660 <= region.bottom <= 690, region
    assert region.left <= 45
    assert region.right >= 950
    assert region.how.startswith("grid")


def test_page_without_grid_keeps_traces_and_drops_the_header() -> None:
    region = find_region(drawn_page(grid="none"))
    assert region.how == "traces"
    assert 101 <= region.top <= 145, region
    assert region.bottom >= 630, region


def test_it_moves_with_the_page() -> None:
    page = drawn_page()
    moved = np.full((900, 1000, 3), 255, np.uint8)
    moved[200:] = page.image
    first, second = find_region(page), find_region(Page(moved, source="moved"))
    assert abs(second.top - first.top - 200) <= 6
    assert abs(second.bottom - first.bottom - 200) <= 6


def test_it_is_given_in_pixels_of_the_page() -> None:
    page = drawn_page()
    large = cv2.resize(page.image, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    first, second = find_region(page), find_region(Page(np.asarray(large), source="large"))
    for name in ("top", "left", "bottom", "right"):
        assert getattr(second, name) == pytest.approx(2.5 * getattr(first, name), abs=25)


@pytest.mark.parametrize("shape", [(1, 1), (5, 900), (900, 5), (60, 60), (300, 300)])
def test_nothing_to_find_gives_the_whole_page(shape: tuple[int, int]) -> None:
    page = Page(np.full((*shape, 3), 255, np.uint8), source="blank")
    assert find_region(page) == Region(0, 0, *shape, "page")


def test_noise_gives_a_region_inside_the_page() -> None:
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (400, 600, 3)).astype(np.uint8)
    region = find_region(Page(image, source="noise"))
    assert 0 <= region.top < region.bottom <= 400
    assert 0 <= region.left < region.right <= 600


@pytest.mark.data
def test_hospital_pages_inside_their_frame(data_dir: Path) -> None:
    """Of both grid prints: the frame lies at rows 127 and 683, columns 31 and 979."""
    with (data_dir / "mendeley" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for template in ("A", "B"):
        for row in [row for row in rows if row["template"] == template][::25]:
            region = find_region(read_page(data_dir / "mendeley" / row["path"]))
            assert region.how == "grid"
            assert 127 < region.top <= 135, row["path"]
            assert 672 <= region.bottom < 683, row["path"]
            assert 30 < region.left <= 40, row["path"]
            assert 968 <= region.right < 979, row["path"]


@pytest.mark.data
def test_scanned_pages_without_their_header(data_dir: Path) -> None:
    """Grid all over, header in the first 40 rows, traces between rows 600 and 1640 of 1700."""
    for path in sorted((data_dir / "scans").glob("*.jpg"))[:4]:
        region = find_region(read_page(path))
        assert 40 < region.top < 660, (path, region)
        assert region.bottom > 1500, (path, region)
