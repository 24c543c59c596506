"""The input pipeline: each file read once, the same batches whoever makes them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecgpage.learn import (
    PageFeed,
    PageSource,
    Preprocessing,
    default_cache_folder,
    make_augmentation,
    open_source,
)
from ecgpage.learn.pipeline_cache import PageCache
from ecgpage.values import Page, Refusal, Refused

PREPROCESSING = Preprocessing(height=24, width=32, mode="grey", mask=False)


class CountingReader:
    """Reads a picture and remembers how often; a file named ``bad...`` is refused."""

    def __init__(self) -> None:
        self.reads: Counter[str] = Counter()

    def __call__(self, path: str) -> Page:
        if not Path(path).exists():
            raise Refused(Refusal(path, "it is gone", "a file", "none", "Find it.", "absent"))
        self.reads[path] += 1
        if Path(path).name.startswith("bad"):
            raise Refused(Refusal(path, "it is bad", "a good one", "this", "Replace it.", "bad"))
        return Page(cv2.imread(path)[..., ::-1].copy(), source=path)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Eleven small pictures of noise, all different."""
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{k:02d}.png") for k in range(11)]
    for path in paths:
        cv2.imwrite(path, rng.integers(0, 256, (30, 40, 3)).astype(np.uint8))
    return paths


def opened(files: list[str], folder: Path) -> tuple[PageSource, CountingReader]:
    reader = CountingReader()
    return open_source(files, reader, PREPROCESSING, folder / "cache"), reader


def feed_of(source: PageSource, **settings: object) -> PageFeed:
    labels = np.arange(len(source), dtype=np.int64) % 2
    return PageFeed(source, labels, **{"batch_size": 4, "seed": 7, **settings})  # type: ignore[arg-type]


def test_every_page_comes_once_an_epoch_with_its_label(files: list[str], tmp_path: Path) -> None:
    source, _ = opened(files, tmp_path)
    feed = feed_of(source)
    batches = list(feed.epoch(0))
    assert len(feed) == len(batches) == 3
    assert [len(labels) for _, labels in batches] == [4, 4, 3]
    assert batches[0][0].shape == (4, 24, 32, 1)
    assert batches[0][0].dtype == np.float32
    pages = np.concatenate([pages for pages, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    for place, item in enumerate(feed.order(0)):
        assert np.array_equal(pages[place], PREPROCESSING.finish(source.reduced(int(item))))
        assert labels[place] == item % 2


def test_each_file_is_read_once_over_epochs_and_runs(files: list[str], tmp_path: Path) -> None:
    source, reader = opened(files, tmp_path)
    for epoch in range(3):
        list(feed_of(source).epoch(epoch))
    assert set(reader.reads.values()) == {1}
    again, second = opened(files, tmp_path)
    list(feed_of(again).epoch(0))
    assert not second.reads


def test_a_changed_file_and_another_setting_are_read_anew(files: list[str], tmp_path: Path) -> None:
    source, _ = opened(files, tmp_path)
    source.fill()
    cv2.imwrite(files[3], np.zeros((30, 40, 3), np.uint8))
    again, reader = opened(files, tmp_path)
    again.fill()
    assert dict(reader.reads) == {files[3]: 1}
    assert again.reduced(3).max() == 0
    other = Preprocessing(height=24, width=32, mode="grey", mask=False, normalise="standard")
    fresh = CountingReader()
    open_source(files, fresh, other, tmp_path / "cache").fill()
    assert len(fresh.reads) == len(files)


def test_batches_do_not_depend_on_workers_and_an_epoch_can_be_asked_for_alone(
    files: list[str], tmp_path: Path
) -> None:
    source, _ = opened(files, tmp_path)
    augmentation = make_augmentation("paper")
    one = feed_of(source, augmentation=augmentation, workers=1)
    many = feed_of(source, augmentation=augmentation, workers=5)
    for number in (0, 1):
        list(one.epoch(number))
    for (a, x), (b, y) in zip(one.epoch(2), many.epoch(2), strict=True):
        assert np.array_equal(a, b)
        assert np.array_equal(x, y)
    pages, labels = many.batch(2, 1)
    expected = list(one.epoch(2))[1]
    assert np.array_equal(pages, expected[0])
    assert np.array_equal(labels, expected[1])


def test_order_changes_with_epoch_and_seed_and_stays_without_shuffling(
    files: list[str], tmp_path: Path
) -> None:
    source, _ = opened(files, tmp_path)
    feed = feed_of(source)
    assert sorted(feed.order(0)) == list(range(11))
    assert not np.array_equal(feed.order(0), feed.order(1))
    assert not np.array_equal(feed.order(0), feed_of(source, seed=8).order(0))
    assert np.array_equal(feed_of(source, shuffle=False).order(5), np.arange(11))


def test_bad_files_are_told_and_the_others_read(files: list[str], tmp_path: Path) -> None:
    bad = str(tmp_path / "bad.png")
    cv2.imwrite(bad, np.zeros((5, 5, 3), np.uint8))
    absent = str(tmp_path / "absent.png")
    source, reader = opened([*files[:3], bad, absent], tmp_path)
    refusals = source.fill()
    assert [(r.where, r.code) for r in refusals] == [(bad, "bad"), (absent, "absent")]
    assert len(reader.reads) == 4
    with pytest.raises(Refused, match="it is bad"):
        list(feed_of(source, shuffle=False).epoch(0))


def test_an_epoch_left_early_leaves_nothing_running(files: list[str], tmp_path: Path) -> None:
    source, _ = opened(files, tmp_path)
    for _ in feed_of(source, batch_size=1).epoch(0):
        break
    assert len(list(feed_of(source).epoch(0))) == 3


def test_no_pages_give_no_batches(tmp_path: Path) -> None:
    source, _ = opened([], tmp_path)
    assert list(feed_of(source).epoch(0)) == []
    assert len(feed_of(source)) == 0


def test_labels_must_match_the_pages(files: list[str], tmp_path: Path) -> None:
    source, _ = opened(files, tmp_path)
    with pytest.raises(ValueError, match="3 labels for 11 pages"):
        PageFeed(source, np.zeros(3, np.int64))


def test_the_cache_is_bounded_private_and_survives_damage(files: list[str], tmp_path: Path) -> None:
    size = 24 * 32
    cache = PageCache(tmp_path / "cache", PREPROCESSING, limit_bytes=3 * size + 5)
    source = PageSource(tuple(files), CountingReader(), cache)
    source.fill()
    kept = sorted(cache.folder.glob("*/*.u8"))
    assert len(kept) == 3
    assert all(path.stat().st_size == size for path in kept)
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert not list(cache.folder.glob("*/*.part"))
    whole = source.reduced(0)
    for path in kept:
        path.write_bytes(b"half")
    assert np.array_equal(source.reduced(0), whole)


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ECGPAGE_CACHE", str(tmp_path / "given"))
    assert default_cache_folder() == tmp_path / "given"
    monkeypatch.delenv("ECGPAGE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "ecgpage" / "pages"
