"""One reader for every format."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from ecgpage.read.contents import load_bytes
from ecgpage.read.faults import refused, wrong_use
from ecgpage.read.limits import Limits
from ecgpage.read.sniff import sniff
from ecgpage.values import Page, Record, Refusal, Refused, file_and_page, is_url

_DEFAULT = Limits()
_LOWEST_DPI, _HIGHEST_DPI = 10.0, 2400.0

Read = Page | Record | Refused


def read_file(
    path: str | os.PathLike[str],
    *,
    dpi: float = 200.0,
    limits: Limits = _DEFAULT,
    on_refused: Callable[[Refusal], None] | None = None,
) -> Iterator[Page | Record]:
    """Yield every page of a file, and every electrocardiogram of a DICOM waveform object.

    Parameters
    ----------
    path:
        PNG, JPEG, BMP, TIFF, WebP, GIF (still), HEIC, PDF or DICOM. The content decides which.
        ``scan.pdf#2`` is the second page of ``scan.pdf`` alone, unless a file has that name.
    dpi:
        Resolution at which PDF pages are drawn, dots per inch.
    limits:
        Guards against files that would exhaust the machine.
    on_refused:
        Told of each page that cannot be read while the file's other pages go on. Without it
        the first such page ends the reading.

    Raises
    ------
    Refused
        Where the file, or without ``on_refused`` a page of it, cannot be read; the codes are
        the keys of :data:`ecgpage.read.FAULTS`.
    WrongUse
        ``wrong-dpi``.
    """
    name = os.fspath(path)
    _check_dpi(name, dpi)
    for found in _open(name, float(dpi), limits, None):
        if not isinstance(found, Refused):
            yield found
        elif on_refused is None:
            raise found
        else:
            on_refused(found.refusal)


def read_page(
    path: str | os.PathLike[str],
    *,
    dpi: float = 200.0,
    limits: Limits = _DEFAULT,
    at_least: tuple[int, int] | None = None,
) -> Page:
    """One page: the first of a file, or the one that the path numbers (``scan.pdf#2``).

    Parameters
    ----------
    at_least:
        (rows, columns) that are enough. A JPEG is then decoded at 1/2, 1/4 or 1/8 of its size
        where the result is not smaller, which saves most of the time on large photos.

    Raises
    ------
    Refused
        As :func:`read_file`; also where the file holds a waveform and no page.
    """
    found = read_one(path, dpi=dpi, limits=limits, at_least=at_least)
    if not isinstance(found, Page):
        raise refused(os.fspath(path), "no-pages", "a waveform, which must be drawn first")
    return found


def read_one(
    path: str | os.PathLike[str],
    *,
    dpi: float = 200.0,
    limits: Limits = _DEFAULT,
    at_least: tuple[int, int] | None = None,
) -> Page | Record:
    """As :func:`read_page`, with a waveform as the record that it is.

    Raises
    ------
    Refused
        As :func:`read_file`.
    """
    name = os.fspath(path)
    _check_dpi(name, dpi)
    found = next(iter(_open(name, float(dpi), limits, at_least)), None)
    if found is None:
        raise refused(name, "no-pages", "nothing")
    if isinstance(found, Refused):
        raise found
    return found


def count_pages(path: str | os.PathLike[str], *, limits: Limits = _DEFAULT) -> int:
    """How many pages a file has, found without decoding them; 1 where that cannot be told."""
    name = os.fspath(path)
    data = load_bytes(name, limits)
    try:
        format_name = sniff(data[:4096], name)
        if format_name == "PDF":
            from ecgpage.read.pdf import count_pdf

            return max(1, count_pdf(data, name))
        if format_name == "DICOM":
            from ecgpage.read.dicom import count_dicom

            return max(1, count_dicom(data, name))
        if format_name == "TIFF":
            from ecgpage.read.picture import count_tiff

            return max(1, count_tiff(data))
    except Refused:
        return 1
    return 1


def starts_with(path: str | os.PathLike[str], start: bytes) -> bool:
    """Whether a file begins with these bytes; one that cannot be read does not."""
    name = os.fspath(path)
    try:
        if is_url(name):
            return load_bytes(name, _DEFAULT).startswith(start)
        if not Path(name).is_file():
            return False
        with Path(name).open("rb") as stream:
            return stream.read(len(start)) == start
    except (OSError, Refused):
        return False


def _open(
    name: str, dpi: float, limits: Limits, at_least: tuple[int, int] | None
) -> Iterator[Read]:
    """Everything in the file, or the one page of it that the name numbers."""
    file, index = file_and_page(name)
    pages = _open_file(file, dpi, limits, at_least, index or 0)
    return pages if index is None else _alone(pages, name)


def _alone(pages: Iterator[Read], name: str) -> Iterator[Read]:
    found = next(pages, None)
    yield found if found is not None else refused(name, "no-such-page", "a number beyond its last")


def _open_file(
    name: str, dpi: float, limits: Limits, at_least: tuple[int, int] | None, first: int
) -> Iterator[Read]:
    """Everything in the file from the page ``first`` on."""
    data = load_bytes(name, limits)
    format_name = sniff(data[:4096], name)
    if format_name == "PDF":
        from ecgpage.read.pdf import read_pdf

        return read_pdf(data, name, dpi, limits, first)
    if format_name == "DICOM":
        from ecgpage.read.dicom import read_dicom

        return islice(read_dicom(data, name, dpi, limits), first, None)
    from ecgpage.read.picture import read_picture

    return read_picture(data, name, format_name, limits, at_least, first)


def _check_dpi(name: str, dpi: float) -> None:
    if not (math.isfinite(dpi) and _LOWEST_DPI <= dpi <= _HIGHEST_DPI):
        raise wrong_use(name, "wrong-dpi", f"{dpi}")
