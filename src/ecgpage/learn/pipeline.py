"""From files to batches: read once, kept small, changed in the background."""

from __future__ import annotations

import functools
import inspect
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.augment import Augmentation, item_rng
from ecgpage.learn.pipeline_cache import PageCache
from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.vectors import Vectors
from ecgpage.values import Page, Progress, Refusal, Refused, Silent

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
Reader = Callable[[str], Page]

_AHEAD = 4
"""Batches that are prepared before they are asked for."""


@dataclass(frozen=True, slots=True)
class PageSource:
    """Pages of files at network resolution, from the cache where they are in it.

    ``read`` turns a path into a page; it is given by whoever joins the rooms.
    """

    paths: tuple[str, ...]
    read: Reader
    cache: PageCache
    _keys: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def preprocessing(self) -> Preprocessing:
        """What makes the pages."""
        return self.cache.preprocessing

    def reduced(self, item: int) -> NDArray[np.uint8]:
        """One page, shape (height, width), uint8.

        Raises
        ------
        Refused
            Where the file cannot be read.
        """
        key = self._keys.get(item) or self._hash(self.paths[item])
        if key is None:
            return self.preprocessing.reduce(self.read(self.paths[item]))
        self._keys[item] = key
        page = self.cache.load(key)
        if page is None:
            page = self.preprocessing.reduce(self.read(self.paths[item]))
            self.cache.save(key, page)
        return page

    def fill(
        self, progress: Progress | None = None, workers: int | None = None
    ) -> tuple[Refusal, ...]:
        """Read every file that is not in the cache yet; gives the refusals of the bad ones."""
        progress = progress or Silent()
        refusals: list[Refusal] = []
        with ThreadPoolExecutor(workers or default_workers()) as pool:
            waiting: deque[Future[Refusal | None]] = deque()
            for item in progress.steps(range(len(self)), "reading pages", len(self)):
                waiting.append(pool.submit(self._try, item))
                if len(waiting) > 64:
                    refusals += _given(waiting.popleft().result())
            for future in waiting:
                refusals += _given(future.result())
        return tuple(refusals)

    def _try(self, item: int) -> Refusal | None:
        try:
            self.reduced(item)
        except Refused as refused:
            return refused.refusal
        return None

    def _hash(self, path: str) -> str | None:
        """The cache's key; None for what cannot be opened, which the reader then explains."""
        try:
            return self.cache.key(path)
        except (OSError, ValueError):
            return None


def _given(refusal: Refusal | None) -> list[Refusal]:
    return [] if refusal is None else [refusal]


@dataclass(frozen=True, slots=True)
class PageFeed:
    """Batches of one part of a data set, epoch after epoch.

    The order depends on (seed, epoch), what augmentation does on (seed, epoch, item): a run
    that goes on at epoch 7 sees what it would have seen. While one batch is learned from, the
    next ones are prepared in threads; OpenCV works there without holding Python's lock.

    Attributes
    ----------
    source:
        The pages.
    labels:
        Class of each page as a number, shape (n,).
    batch_size:
        Pages in a batch; the last one of an epoch may be smaller.
    seed:
        Seed of order and augmentation.
    augmentation:
        None leaves the pages as they are.
    shuffle:
        False keeps the order of the source, as validation needs it.
    workers:
        Threads; None takes as many as there are cores.
    """

    source: PageSource
    labels: NDArray[np.int64]
    batch_size: int = 32
    seed: int = 0
    augmentation: Augmentation | None = None
    shuffle: bool = True
    workers: int | None = None

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.source):
            raise ValueError(f"{len(self.labels)} labels for {len(self.source)} pages")

    def __len__(self) -> int:
        return -(-len(self.source) // self.batch_size)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Items in the order of an epoch."""
        items = np.arange(len(self.source), dtype=np.int64)
        if not self.shuffle:
            return items
        return np.random.Generator(np.random.PCG64((self.seed, epoch))).permutation(items)

    def batch(self, epoch: int, number: int) -> Batch:
        """One batch: pages (n, height, width, 1) float32, and labels (n,)."""
        items = self.order(epoch)[number * self.batch_size : (number + 1) * self.batch_size]
        return self._pages(epoch, items), self.labels[items]

    def epoch(self, number: int) -> Iterator[Batch]:
        """All batches of an epoch, counted from 0, the next ones prepared in the background."""
        order = self.order(number)
        parts = np.array_split(order, range(self.batch_size, len(order), self.batch_size))
        with ThreadPoolExecutor(self.workers or default_workers()) as pool:
            waiting: deque[tuple[Future[NDArray[np.float32]], NDArray[np.int64]]] = deque()
            try:
                for items in parts if len(order) else []:
                    waiting.append((pool.submit(self._pages, number, items), items))
                    if len(waiting) > _AHEAD:
                        future, done = waiting.popleft()
                        yield future.result(), self.labels[done]
                while waiting:
                    future, done = waiting.popleft()
                    yield future.result(), self.labels[done]
            finally:
                for future, _ in waiting:
                    future.cancel()

    def _pages(self, epoch: int, items: NDArray[np.int64]) -> NDArray[np.float32]:
        preprocessing = self.source.preprocessing
        shape = (len(items), preprocessing.height, preprocessing.width, 1)
        pages = np.empty(shape, dtype=np.float32)
        for place, item in enumerate(items):
            pages[place] = preprocessing.finish(self._page(epoch, int(item)))
        return pages

    def _page(self, epoch: int, item: int) -> NDArray[np.uint8]:
        page = self.source.reduced(item)
        if self.augmentation is None:
            return page
        ink = self.source.preprocessing.mode != "grey"
        return self.augmentation.apply(page, item_rng(self.seed, epoch, item), ink=ink)


def sparing(read: Reader, preprocessing: Preprocessing | Vectors) -> Reader:
    """The same reader, told how many pixels are enough if it can be told (``at_least``).

    A large JPEG is then decoded at a half, a quarter or an eighth. Training, evaluation and
    prediction read through this, so that they see the same page.
    """
    if "at_least" not in inspect.signature(read).parameters:
        return read
    told: Callable[..., Page] = read
    return functools.partial(told, at_least=preprocessing.enough)


def open_source(
    paths: Sequence[str | Path],
    read: Reader,
    preprocessing: Preprocessing,
    cache_folder: str | Path | None = None,
) -> PageSource:
    """A source of pages with its cache in a folder (by default :func:`default_cache_folder`)."""
    cache = PageCache(cache_folder or default_cache_folder(), preprocessing)
    names = tuple(str(path) for path in paths)
    return PageSource(names, sparing(read, preprocessing), cache)


def default_cache_folder() -> Path:
    """``$ECGPAGE_CACHE``, else ``ecgpage`` in the user's cache folder, else a temporary one."""
    given = os.environ.get("ECGPAGE_CACHE")
    if given:
        return Path(given)
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:
        base = Path(tempfile.gettempdir())
    return base / "ecgpage" / "pages"


def default_workers() -> int:
    """As many threads as there are cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
