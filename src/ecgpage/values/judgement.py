"""What somebody or something says of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

SOURCES: tuple[str, ...] = ("person", "folder", "csv", "rule", "model")
"""Where a judgement can come from; a person counts before a file, a file before a rule or model."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One label given to one page, never changed afterwards.

    Attributes
    ----------
    key:
        The page, as the data set names it (:class:`ecgpage.values.Item`).
    label:
        The class; None takes back the reader's earlier label.
    who:
        The reader's name, the rule's name and settings, or the file that said so.
    source:
        One of :data:`SOURCES`.
    when:
        Time of the judgement, with time zone.
    blind:
        True where the reader saw neither a suggestion nor another's label; None if unknown.
    score:
        For a rule or model: probability or score of the label, if it has one.
    note, tags:
        Free words of the reader.
    """

    key: str
    label: str | None
    who: str
    source: str
    when: datetime
    blind: bool | None = None
    score: float | None = None
    note: str = ""
    tags: tuple[str, ...] = field(default=())
