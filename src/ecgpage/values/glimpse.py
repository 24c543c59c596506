"""One page as a contact sheet shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecgpage.values.refusal import Refusal


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """A page made small, with what is known about it; or a file that could not be read.

    Attributes
    ----------
    name:
        What to call it, printable everywhere.
    path:
        Where the file lies.
    index, pages:
        Number of the page within its file, from 0, and how many the file has.
    rows, columns, format, dpi:
        As in :class:`ecgpage.values.Page`; 0, ``""`` and None for what could not be read.
    file_bytes:
        Size of the file.
    label:
        Its class, None where it has none.
    thumbnail_jpeg, large_jpeg:
        The page as JPEG, small and large; empty where there is none or none is wanted.
    problems:
        What is wrong with it.
    readable:
        False where the file or page could not be read.
    """

    name: str
    path: str
    index: int = 0
    pages: int = 1
    rows: int = 0
    columns: int = 0
    format: str = ""
    dpi: float | None = None
    file_bytes: int = 0
    label: str | None = None
    thumbnail_jpeg: bytes = b""
    large_jpeg: bytes = b""
    problems: tuple[Refusal, ...] = field(default=())
    readable: bool = True
