"""Whether a file is still the one that was worked on."""

from __future__ import annotations

import os

from ecgpage.values import file_and_page


def stamp(path: str | os.PathLike[str]) -> str:
    """Size and time of last change of a page's file as one string, empty without such a file.

    Meant as a ledger's fingerprint: it costs no reading. A file that is replaced by one of the
    same size within the clock's resolution is not noticed.
    """
    try:
        state = os.stat(file_and_page(path)[0])  # noqa: PTH116 - paths with bytes that are no UTF-8 included
    except (OSError, ValueError):
        return ""
    return f"{state.st_size}-{state.st_mtime_ns}"
