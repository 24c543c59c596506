"""Judgements as rows of the store, and as keys that name their content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from ecgpage.store.tables import JUDGEMENT, JUDGEMENT_TAG, PAGE, TAG
from ecgpage.values import SOURCES, Judgement, Refusal, Refused

COLUMNS = (
    PAGE.c.key, JUDGEMENT.c.id, JUDGEMENT.c.label, JUDGEMENT.c.who, JUDGEMENT.c.source,
    JUDGEMENT.c.said_at, JUDGEMENT.c.blind, JUDGEMENT.c.score, JUDGEMENT.c.note,
)  # fmt: skip
"""What a judgement is made of again, without its tags."""


def check(judgement: Judgement) -> None:
    """Refuse what cannot be kept.

    Raises
    ------
    Refused
        ``no-time-zone``, ``unknown-source``, ``no-reader``, ``not-text``, ``no-score``.
    """
    texts = [judgement.key, judgement.label or "", judgement.who, judgement.note, *judgement.tags]
    if judgement.when.tzinfo is None:
        fault = ("the time has no time zone", "a time with its zone",
                 judgement.when.isoformat(), "no-time-zone")  # fmt: skip
    elif judgement.source not in SOURCES:
        fault = ("the source is unknown", "one of " + ", ".join(SOURCES),
                 f"'{judgement.source}'", "unknown-source")  # fmt: skip
    elif not judgement.who:
        fault = ("nobody is named", "the reader's name", "an empty name", "no-reader")
    elif any("\0" in text or not _is_text(text) for text in texts):
        fault = ("a text cannot be kept", "Unicode text", "characters that are none", "not-text")
    elif judgement.score is not None and not math.isfinite(judgement.score):
        fault = ("the score is not a number", "a finite number", str(judgement.score), "no-score")
    else:
        return
    what, expected, received, code = fault
    where = judgement.key.encode("utf-8", "replace").decode()
    raise Refused(
        Refusal(where, what, expected, received, "Correct the judgement and add it again.", code)
    )


def statement_key(judgement: Judgement) -> str:
    """Names what was said, whenever: two equal ones in a row are no news."""
    return _digest(
        judgement.label, judgement.blind, judgement.score, judgement.note, list(judgement.tags)
    )


def content_key(dataset: str, judgement: Judgement, undoes: str | None = None) -> str:
    """Names the whole judgement, so that it is kept once however often it is added."""
    when = judgement.when.astimezone(UTC).isoformat(timespec="microseconds")
    return _digest(
        dataset, judgement.key, judgement.who, judgement.source, when, statement_key(judgement),
        undoes,
    )  # fmt: skip


def as_row(
    judgement: Judgement, *, page_id: int, dataset: str, recorded_at: datetime
) -> dict[str, Any]:
    """The judgement as a row of its table."""
    return {
        "page_id": page_id,
        "content_key": content_key(dataset, judgement),
        "statement_key": statement_key(judgement),
        "label": judgement.label,
        "who": judgement.who,
        "source": judgement.source,
        "said_at": judgement.when,
        "recorded_at": recorded_at,
        "blind": judgement.blind,
        "score": judgement.score,
        "note": judgement.note,
        "undoes_id": None,
    }


def as_judgements(connection: Connection, rows: Sequence[Any]) -> list[Judgement]:
    """Judgements from rows of :data:`COLUMNS`, with their tags."""
    tags = tags_of(connection, [row.id for row in rows])
    return [
        Judgement(
            key=row.key, label=row.label, who=row.who, source=row.source, when=row.said_at,
            blind=row.blind, score=row.score, note=row.note, tags=tags.get(row.id, ()),
        )
        for row in rows
    ]  # fmt: skip


def tags_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """The tags of judgements, in their order."""
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(ids), 500):
        query = (
            select(JUDGEMENT_TAG.c.judgement_id, TAG.c.name)
            .join(TAG, TAG.c.id == JUDGEMENT_TAG.c.tag_id)
            .where(JUDGEMENT_TAG.c.judgement_id.in_(ids[start : start + 500]))
            .order_by(JUDGEMENT_TAG.c.judgement_id, JUDGEMENT_TAG.c.place)
        )
        for identity, name in connection.execute(query):
            found[identity] = (*found.get(identity, ()), name)
    return found


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
