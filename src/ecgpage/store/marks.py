"""Marks that people have set on waves: every one is kept, the last one counts."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from ecgpage.store.engine import open_engine, reading, writing
from ecgpage.values import Mark

_TABLES = sa.MetaData()
_MARKS = sa.Table(
    "wave_marks",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, index=True, comment="hash of the file's content"),
    sa.Column("lead", sa.Text, nullable=False),
    sa.Column("wave", sa.Text, nullable=False),
    sa.Column("bound", sa.Text, nullable=False),
    sa.Column("beat", sa.Integer, nullable=False),
    sa.Column("time_s", sa.Float, nullable=True, comment="null: taken back"),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("when", sa.Text, nullable=False, comment="ISO 8601, UTC"),
)


class MarkStore:
    """A table of marks in an SQLite file or PostgreSQL; what is added is on the disk."""

    def __init__(self, store: str | os.PathLike[str]) -> None:
        self._engine = open_engine(store)
        with writing(self._engine) as connection:
            _TABLES.create_all(connection)

    def add(self, mark: Mark) -> None:
        """Keep a mark."""
        row: dict[str, Any] = {
            "key": mark.key, "lead": mark.lead, "wave": mark.wave, "bound": mark.bound,
            "beat": mark.beat, "time_s": mark.time_s, "who": mark.who,
            "when": mark.when.astimezone(UTC).isoformat(),
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(_MARKS.insert(), row)

    def history(self, key: str) -> tuple[Mark, ...]:
        """Every mark on one file, the oldest first."""
        query = sa.select(_MARKS).where(_MARKS.c.key == key).order_by(_MARKS.c.id)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            Mark(row["key"], row["lead"], row["wave"], row["bound"], row["beat"], row["time_s"],
                 row["who"], datetime.fromisoformat(row["when"]))
            for row in rows
        )  # fmt: skip

    def current(self, key: str) -> tuple[Mark, ...]:
        """The marks that hold: the last on each place, without those taken back."""
        last = {(m.lead, m.wave, m.bound, m.beat): m for m in self.history(key)}
        return tuple(mark for mark in last.values() if mark.time_s is not None)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def __enter__(self) -> MarkStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
