"""Pages of an archive: what is done to them, what is to be done, and what became of it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecgpage.values.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to pages: its results are those of other runs of the same work.

    ``settings`` is everything that decides a result, and plain enough for JSON.
    """

    command: str
    settings: Mapping[str, Any]
    version: str

    @property
    def key(self) -> str:
        """A name for command, settings and version together, 16 hexadecimal digits."""
        text = json.dumps([self.command, self.settings, self.version], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to come.

    ``known`` are hashes of files of this size whose page of this number was done before.
    """

    number: int
    file: str
    page: int
    whole: bool
    known: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The page as a path: ``scan.pdf#2``."""
        return self.file if self.whole else f"{self.file}#{self.page}"


@dataclass(frozen=True, slots=True)
class PageDone:
    """What became of a page, as the process that worked on it says.

    ``packed`` holds the rows for each table, or the refusal, deflated (:func:`pack`); empty
    where ``same`` says that the content is known. ``pages``: how many the file has.
    """

    sha256: str
    size: int
    pages: int
    seconds: float
    packed: bytes = b""
    code: str = ""
    same: bool = False


def pack(content: Mapping[str, Any]) -> bytes:
    """Rows for each table, or ``{"refusal": ...}``, as bytes for the ledger."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return zlib.compress(text.encode("utf-8", "backslashreplace"), 6)


def pack_refusal(refusal: Refusal) -> bytes:
    """A refusal as bytes for the ledger; what it is about follows from its page."""
    return pack({"refusal": replace(refusal, where="").as_dict()})


def unpack(packed: bytes) -> dict[str, Any]:
    """The other way round."""
    content: dict[str, Any] = json.loads(zlib.decompress(packed))
    return content
