"""Every page of any file, an ECG waveform drawn where that is what the file holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ecgpage import read, work
from ecgpage.read import Limits
from ecgpage.values import Page, Record, Refusal, file_and_page


def pages_of(
    path: str | os.PathLike[str],
    *,
    dpi: float = 200.0,
    limits: Limits | None = None,
    on_refused: Callable[[Refusal], None] | None = None,
) -> Iterator[Page]:
    """Yield every page of a file; DICOM waveforms are drawn at ``dpi``, without made-up words.

    Raises
    ------
    Refused
        As :func:`ecgpage.read.read_file`.
    """
    file, first = file_and_page(path)
    found = read.read_file(path, dpi=dpi, limits=limits or Limits(), on_refused=on_refused)
    for index, thing in enumerate(found, first or 0):
        yield draw(thing, file, index, dpi) if isinstance(thing, Record) else thing


def open_page(
    path: str | os.PathLike[str], *, dpi: float = 200.0, at_least: tuple[int, int] | None = None
) -> Page:
    """One page of any file, the first or the numbered one: as everything here sees it.

    Raises
    ------
    Refused
        As :func:`ecgpage.read.read_one`.
    """
    thing = read.read_one(path, dpi=dpi, at_least=at_least)
    file, index = file_and_page(path)
    return draw(thing, file, index or 0, dpi) if isinstance(thing, Record) else thing


def stamp_of(path: str) -> str:
    """What changes when a page's file does, on a disk or at an address."""
    file = file_and_page(path)[0]
    return read.look_at(file).stamp if read.is_url(file) else work.stamp(path)


def draw(record: Record, source: str, index: int, dpi: float) -> Page:
    """A record of a file as its page."""
    from ecgpage import render

    style = render.PageStyle(header="none", dpi=dpi)
    page = render.render_record(record, style).page
    return replace(page, source=source, index=index, format="DICOM", metadata=record.notes)


@dataclass(frozen=True, slots=True)
class OpenPages:
    """:func:`pages_of` with its resolution, as a value that can be sent to other processes."""

    dpi: float = 200.0

    def __call__(self, path: str, on_refused: Callable[[Refusal], None]) -> Iterator[Page]:
        """Yield the pages and tell of those that cannot be read."""
        return pages_of(path, dpi=self.dpi, on_refused=on_refused)
