"""Where a page lies: at a path or an address; ``scan.pdf#2`` is the second page of ``scan.pdf``."""

from __future__ import annotations

import os
import re

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<file>.*[^/])#(?P<page>[1-9][0-9]{0,5})", re.DOTALL)


def file_and_page(name: str | os.PathLike[str]) -> tuple[str, int | None]:
    """The file that a name stands for and the number of the page within it, from 0.

    A name without a number gives None in its place. A file whose own name ends in ``#2`` is
    itself, not a page of another.

    >>> file_and_page("nowhere/scan.pdf#2")
    ('nowhere/scan.pdf', 1)
    >>> file_and_page("nowhere/scan.pdf")
    ('nowhere/scan.pdf', None)
    """
    path = os.fspath(name)
    match = _NUMBERED.fullmatch(path)
    if match is None or _exists(path):
        return path, None
    return match["file"], int(match["page"]) - 1


def is_url(path: str | os.PathLike[str]) -> bool:
    """Whether a path is an address with a scheme.

    >>> is_url("s3://scans/1.png"), is_url("scans/1.png")
    (True, False)
    """
    return _SCHEME.match(os.fspath(path)) is not None


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False
