"""Pictures of pages, made ahead and kept for a while in a fixed amount of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

Name = tuple[str, bool]
"""A page's key, and whether it is masked."""

KEPT_BYTES = 48 * 2**20
AHEAD = 2
"""Pages made ahead of the one that is asked for; the browser asks ahead itself."""

THREADS = 2


class Pictures:
    """The pictures last used, up to so many bytes; each is made once, however many ask.

    Parameters
    ----------
    make:
        Makes the JPEG of a page; raises :class:`Refused` where it cannot.
    """

    def __init__(self, make: Callable[[str, bool], bytes], kept_bytes: int = KEPT_BYTES) -> None:
        self._make = make
        self._limit = kept_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Name, bytes] = OrderedDict()
        self._coming: dict[Name, Future[bytes]] = {}
        self._next: dict[str, tuple[str, ...]] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")

    @property
    def kept_bytes(self) -> int:
        """Memory in use for pictures."""
        with self._lock:
            return sum(len(data) for data in self._kept.values())

    def follow(self, keys: Sequence[str]) -> None:
        """Expect pages in this order from now on."""
        order = {key: tuple(keys[k + 1 : k + 1 + AHEAD]) for k, key in enumerate(keys)}
        with self._lock:
            self._next = order

    def get(self, key: str, *, mask: bool) -> bytes:
        """The picture of a page; those after it are begun.

        Raises
        ------
        Refused
            Where the page cannot be shown.
        """
        coming = self._ask((key, mask))
        for later in self._next.get(key, ()):
            self._ask((later, mask))
        return coming.result()

    def close(self) -> None:
        """Make no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, name: Name) -> Future[bytes]:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                done: Future[bytes] = Future()
                done.set_result(self._kept[name])
                return done
            if name not in self._coming:
                self._coming[name] = self._pool.submit(self._produce, name)
            return self._coming[name]

    def _produce(self, name: Name) -> bytes:
        try:
            data = self._make(*name)
            with self._lock:
                self._keep(name, data)
        finally:
            with self._lock:
                self._coming.pop(name, None)
        return data

    def _keep(self, name: Name, data: bytes) -> None:
        self._kept[name] = data
        total = sum(len(kept) for kept in self._kept.values())
        while total > self._limit and len(self._kept) > 1:
            total -= len(self._kept.popitem(last=False)[1])
