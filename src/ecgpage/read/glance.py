"""A look at a file that is short enough for a contact sheet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.read.faults import printable
from ecgpage.read.problems import problems
from ecgpage.read.thumbnails import thumbnail
from ecgpage.values import Glimpse, Item, Outcome, Page, Refusal, Refused, WrongUse

Opener = Callable[[str, Callable[[Refusal], None]], Iterator[Page]]

BROWSERS_SHOW = frozenset(("PNG", "JPEG", "BMP", "WEBP", "GIF"))
"""Formats that every browser shows within a page."""

_JPEG_QUALITY = 78
_LARGE_JPEG_QUALITY = 62


@dataclass(frozen=True, slots=True)
class Glancer:
    """Looks at one item; picklable, so that it runs in any process.

    Attributes
    ----------
    open_pages:
        Yields a path's pages and tells of the pages that it cannot read.
    small_px, large_px:
        (rows, columns) into which the thumbnail and the large picture fit.
    embed_all:
        Make the large picture of every page, not only where a browser cannot show the file.
    """

    open_pages: Opener
    small_px: tuple[int, int] = (190, 280)
    large_px: tuple[int, int] = (1300, 1700)
    embed_all: bool = True

    def __call__(self, item: Item) -> tuple[Glimpse, ...]:
        """Glimpses of every page of the item's file, or one that says why there is none."""
        told: list[Refusal] = []
        found: list[Glimpse] = []
        blank = Glimpse(
            printable(item.key), item.path, label=item.label, file_bytes=_size(item.path)
        )
        try:
            for page in self.open_pages(item.path, told.append):
                found.append(self._glimpse(page, blank))
        except WrongUse:
            raise  # a resolution, say, that is wrong for every file
        except Refused as error:
            told.append(error.refusal)
        bad = [replace(blank, problems=(refusal,), readable=False) for refusal in told]
        count = len(found) + (len(bad) if found else 0)
        return tuple(replace(glimpse, pages=max(count, 1)) for glimpse in (*found, *bad))

    def _glimpse(self, page: Page, blank: Glimpse) -> Glimpse:
        embed = self.embed_all or page.format not in BROWSERS_SHOW
        large = thumbnail(page, self.large_px) if embed else None
        return replace(
            blank,
            index=page.index,
            rows=page.image.shape[0],
            columns=page.image.shape[1],
            format=page.format,
            dpi=page.dpi,
            thumbnail_jpeg=encode_jpeg(thumbnail(page, self.small_px), _JPEG_QUALITY),
            large_jpeg=b"" if large is None else encode_jpeg(large, _LARGE_JPEG_QUALITY),
            problems=problems(page),
        )


def unreadable(outcome: Outcome[tuple[Glimpse, ...]]) -> tuple[Glimpse, ...]:
    """The glimpse of a file whose very reading failed (its process died, for example)."""
    refusal = outcome.refusal
    problems = () if refusal is None else (refusal,)
    name = printable(outcome.key)
    return (Glimpse(name, outcome.key, problems=problems, readable=False),)


def encode_jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """An RGB image, shape (rows, columns, 3), as JPEG."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "a JPEG of 8-bit RGB can always be made"
    return bytes(data)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - names that are no UTF-8 included
    except (OSError, ValueError):
        return 0
