"""Work that is saved: at the same time, or on a sample of the page."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from ecgpage.digitise.at_once import at_once
from ecgpage.digitise.components import find_components
from ecgpage.digitise.flatten.paper import AROUND_MM, _blurred
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink import pen as ink
from ecgpage.digitise.ink.network import NetworkCover
from ecgpage.digitise.ink.sample import HIGH, WIDE, pieces_of
from ecgpage.digitise.package_network import keep_little_memory
from ecgpage.digitise.percentile import medians, percentile
from ecgpage.digitise.strips import HIGH_PX, in_strips
from ecgpage.digitise.tracing.strokes import find_strokes


def test_two_pieces_of_work_run_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    meet = threading.Barrier(2, timeout=10)
    assert at_once(lambda: (meet.wait(), "a")[1], lambda: (meet.wait(), "b")[1]) == ("a", "b")


def test_one_core_does_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    order: list[str] = []
    at_once(lambda: order.append("first"), lambda: order.append("second"))
    assert order == ["first", "second"]


def test_what_fails_in_either_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with pytest.raises(ZeroDivisionError):
        at_once(lambda: 1 // 0, lambda: 2)
    with pytest.raises(ZeroDivisionError):
        at_once(lambda: 2, lambda: 1 // 0)


def test_pieces_are_a_fifth_of_the_page_and_the_same_of_each_picture() -> None:
    row, column = np.mgrid[:300, :400].astype(np.float32)
    cut = pieces_of(row * 1000 + column)
    assert cut.shape == (int(300 * HIGH), 4 * int(400 * WIDE))
    assert np.array_equal(cut, pieces_of(row) * 1000 + pieces_of(column))
    assert len(np.unique(cut)) == cut.size


@pytest.mark.parametrize(("stray", "looks"), [(0.0, 1), (0.6, 2)])
def test_the_network_sees_all_only_where_a_sample_is_dirty(
    monkeypatch: pytest.MonkeyPatch, stray: float, looks: int
) -> None:
    """Lines that the network sees as well, and ink beside them that it does not."""
    image = np.full((400, 600, 3), 255, np.uint8)
    image[::40, :] = 0
    seen: list[tuple[int, ...]] = []

    def network(sheet: Sheet, **_: object) -> NetworkCover:
        seen.append(sheet.image.shape)
        dark = (sheet.image[:, :, 0] < 100).astype(np.uint8) * 255
        layers = np.zeros((4, *dark.shape), np.uint8)
        layers[0] = dark if stray == 0.0 else np.where(np.arange(dark.shape[1]) % 50 < 20, dark, 0)
        return NetworkCover(layers)

    cover = (image[:, :, 0] < 100).astype(np.float32)
    plain = ink.Ink(cover, grid_level=0.0, ink_level=1.0, strokes=cover, words=cover)
    monkeypatch.setattr(ink, "network_cover", network)
    monkeypatch.setattr(ink, "_classical", lambda *_: plain)
    monkeypatch.setattr(ink, "_is_clean", lambda *_: False)
    found = ink.find_ink(Sheet(image, (8.0, 8.0)))
    assert len(seen) == looks
    assert found.learned == (stray > 0.0)


@pytest.mark.parametrize(("cells", "asks"), [(0, True), (500, False)])
def test_of_bent_paper_only_that_without_a_grid_is_shown_to_the_network(
    monkeypatch: pytest.MonkeyPatch, cells: int, asks: bool
) -> None:
    rng = np.random.default_rng(5)
    image = rng.integers(180, 255, (400, 600, 3)).astype(np.uint8)
    image[::40, :] = 0
    seen: list[int] = []

    def network(sheet: Sheet, **_: object) -> NetworkCover:
        seen.append(sheet.cells)
        return NetworkCover(np.zeros((4, *sheet.image.shape[:2]), np.uint8))

    monkeypatch.setattr(ink, "network_cover", network)
    ink.find_ink(Sheet(image, (8.0, 8.0), bend_mm=3.0, cells=cells))
    assert bool(seen) == asks


def test_pieces_are_counted_where_labels_of_16_bits_do_not_suffice() -> None:
    few = np.zeros((40, 60), np.uint8)
    few[5:8, 10:20] = few[20, 30] = few[21, 31] = 1
    label, sizes = find_components(few)
    assert label.dtype == np.uint16
    assert sorted(sizes[1:, cv2.CC_STAT_AREA]) == [2, 30]
    many = np.zeros((1200, 1200), np.uint8)
    many[::2, ::2] = 1
    label, sizes = find_components(many)
    assert len(sizes) == 600 * 600 + 1
    assert label.max() == 600 * 600


def test_gaps_are_closed_again_where_the_cover_has_changed_alone() -> None:
    sheet = Sheet(image=np.zeros((80, 120, 3), np.uint8), px_per_mm=(8.0, 8.0))
    cover = np.random.default_rng(3).random((80, 120)).astype(np.float32)
    before = find_strokes(cover, None, sheet)
    other = cover.copy()
    other[10:60, 50:53] = 0.0
    found, whole = find_strokes(other, None, sheet, before), find_strokes(other, None, sheet)
    assert np.array_equal(found.closed, whole.closed)
    assert np.array_equal(found.runs.column, whole.runs.column)
    assert not np.array_equal(found.closed, before.closed)


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("rows", [1, HIGH_PX, 7 * HIGH_PX + 5])
def test_strips_are_all_rows_once(monkeypatch: pytest.MonkeyPatch, threads: str, rows: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    times = np.zeros(rows, int)

    def count(part: slice) -> None:
        times[part] += 1

    in_strips(rows, count)
    assert (times == 1).all()


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 104_001])
@pytest.mark.parametrize("percent", [0.0, 33.3, 90.0, 99.8, 100.0])
def test_a_percentile_is_what_numpy_says(size: int, percent: float) -> None:
    values = np.random.default_rng(size).random(size, np.float32)
    kept = values.copy()
    assert percentile(values, percent) == float(np.percentile(values, percent))
    assert np.array_equal(values, kept)


@pytest.mark.parametrize("count", [1, 2, 81, 82])
def test_medians_parted_at_one_place_are_what_numpy_says(count: int) -> None:
    values = np.random.default_rng(count).random((5, 7, count), np.float32)
    assert np.array_equal(medians(values.copy()), np.median(values, axis=2))


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_far_blur_on_a_reduced_picture_is_nearly_the_same(times: int) -> None:
    picture = np.zeros((203, 251), np.float32)
    picture[40:160, 50:200] = 1.0
    sigma = times * AROUND_MM / 2
    whole = cv2.GaussianBlur(picture, (0, 0), sigma)
    found = _blurred(picture, sigma)
    assert found.shape == picture.shape
    assert np.abs(found - whole).max() < 0.02


def test_where_the_c_library_is_another_memory_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def missing(name: str) -> None:
        asked.append(name)
        raise OSError(name)

    monkeypatch.setattr("ctypes.CDLL", missing)
    keep_little_memory.cache_clear()
    keep_little_memory()
    keep_little_memory()
    assert asked == ["libc.so.6"]
    keep_little_memory.cache_clear()
