"""The tables of the label store.

Judgements are only ever added; the database itself refuses to change or delete one. What a
page is called now follows from them (the views ``latest_judgement`` and ``current_label``).
The migrations in :mod:`ecgpage.store.migrations` make these tables; here they are described
for queries.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """A moment: kept in UTC to the microsecond, given back with its time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """UTC; without a zone for SQLite, which keeps none."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """The moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

DATASET = Table(
    "dataset",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("root", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

PAGE = Table(
    "page",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("dataset_id", ForeignKey("dataset.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("path", Text),
    Column("columns", JSON, nullable=False),
    UniqueConstraint("dataset_id", "key", name="page_once"),
)

JUDGEMENT = Table(
    "judgement",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("page_id", ForeignKey("page.id"), nullable=False, index=True),
    Column("content_key", String(64), nullable=False, unique=True),
    Column("statement_key", String(64), nullable=False),
    Column("label", Text),
    Column("who", Text, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("blind", Boolean),
    Column("score", Float),
    Column("note", Text, nullable=False),
    Column("undoes_id", ForeignKey("judgement.id"), unique=True),
)

TAG = Table(
    "tag",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

JUDGEMENT_TAG = Table(
    "judgement_tag",
    METADATA,
    Column("judgement_id", ForeignKey("judgement.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), nullable=False, index=True),
)

VIEWS = MetaData()

LATEST = Table(
    "latest_judgement",
    VIEWS,
    Column("id", Integer),
    Column("page_id", Integer),
    Column("statement_key", String(64)),
    Column("label", Text),
    Column("who", Text),
    Column("source", String),
    Column("said_at", Instant),
    Column("blind", Boolean),
    Column("score", Float),
    Column("note", Text),
)
"""View: the last word of each reader, rule or file on each page; label null where taken back."""

CURRENT = Table(
    "current_label",
    VIEWS,
    Column("page_id", Integer),
    Column("judgement_id", Integer),
    Column("label", Text),
)
"""View: one label for each page, by rank and then by time."""
