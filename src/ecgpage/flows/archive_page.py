"""One page of an archive, as a pure function that any process can carry out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ecgpage import read
from ecgpage.values import PageDone, PageTask, Refused, WrongUse, pack, pack_refusal

Look = Callable[[str, str], dict[str, Any]]
"""From a page's place and the hash of its file to ``{"rows": {table: [row]}}``."""


@dataclass(frozen=True, slots=True)
class OnePage:
    """Reads a page's file once, and looks at the page where its content is new."""

    look: Look

    def __call__(self, task: PageTask) -> PageDone:
        """What became of the page; a refusal of its content is an answer as well.

        Raises
        ------
        Refused
            Where the file cannot be read.
        """
        begun_s = time.perf_counter()
        with read.held(task.file) as data:
            digest = hashlib.sha256(data).hexdigest()
            pages = read.count_pages(task.file) if task.whole else 1
            packed, code = b"", ""
            same = digest in task.known
            if not same:
                packed, code = self._look(f"{task.file}#1" if pages > 1 else task.place, digest)
            spent_s = time.perf_counter() - begun_s
            return PageDone(digest, len(data), pages, spent_s, packed, code, same)

    def _look(self, place: str, digest: str) -> tuple[bytes, str]:
        try:
            return pack(self.look(place, digest)), ""
        except WrongUse:
            raise
        except Refused as error:
            return pack_refusal(error.refusal), error.refusal.code
