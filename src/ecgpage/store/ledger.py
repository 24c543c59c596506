"""The book of a batch in a database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ecgpage.store.engine import disk_full_told
from ecgpage.values import Outcome, Refusal, WrongUse

Value = TypeVar("Value")

_TABLES = sa.MetaData()
_OUTCOMES = sa.Table(
    "ledger_outcomes",
    _TABLES,
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=True, comment="JSON"),
    sa.Column("refusal", sa.Text, nullable=True, comment="JSON; null where the item was done"),
)

_ROWS_A_COMMIT = 256
_SECONDS_A_COMMIT = 0.5
_BUSY_MS = 30_000


class SqlLedger(Generic[Value]):
    """A :class:`ecgpage.values.Ledger` in one table, one row for each batch and key.

    Rows are written in groups, at most half a second apart, so that a killed run does at
    most that much again; a row is replaced and never doubled. Several processes may write into
    one file or server.

    Parameters
    ----------
    url:
        A database URL, or the path of an SQLite file (made where it does not exist).
    batch:
        Name of the batch; batches in one database do not see each other.
    encode, decode:
        Value to JSON-able and back; by default the value is JSON-able itself.
    """

    def __init__(
        self,
        url: str | Path,
        batch: str,
        encode: Callable[[Value], Any] | None = None,
        decode: Callable[[Any], Value] | None = None,
    ) -> None:
        self._batch = batch
        self._encode: Callable[[Value], Any] = encode or _as_it_is
        self._decode: Callable[[Any], Value] = decode or _as_it_is
        self._engine = connect_ledger(str(url), _TABLES)
        self._unwritten: dict[str, dict[str, Any]] = {}
        self._last_commit_s = time.monotonic()

    def known(self, key: str, fingerprint: str) -> Outcome[Value] | None:
        """The outcome of an item that was done with this fingerprint, None if there is none."""
        stored = _storable(key)
        row = self._unwritten.get(stored) or self._row(stored)
        if row is None or row["refusal"] is not None or row["fingerprint"] != fingerprint:
            return None
        return self._outcome({**row, "key": key})

    def write(self, outcome: Outcome[Value], fingerprint: str) -> None:
        """Keep an outcome, in place of an earlier one of the same key."""
        refused = outcome.refusal is not None
        key = _storable(outcome.key)
        self._unwritten[key] = {
            "batch": self._batch,
            "key": key,
            "fingerprint": fingerprint,
            "value": None if refused else json.dumps(self._encode(outcome.value)),  # type: ignore[arg-type]
            "refusal": json.dumps(outcome.refusal.as_dict()) if outcome.refusal else None,
        }
        late = time.monotonic() - self._last_commit_s >= _SECONDS_A_COMMIT
        if late or len(self._unwritten) >= _ROWS_A_COMMIT:
            self.flush()

    def flush(self) -> None:
        """Write what is still in memory."""
        self._last_commit_s = time.monotonic()
        if not self._unwritten:
            return
        insert = _upsert(self._engine.dialect.name)
        with disk_full_told(self._engine), self._engine.begin() as connection:
            connection.execute(insert, list(self._unwritten.values()))
        self._unwritten = {}

    def outcomes(self) -> Iterator[Outcome[Value]]:
        """Everything that the batch's book holds, by key, in flat memory."""
        self.flush()
        query = (
            sa.select(_OUTCOMES).where(_OUTCOMES.c.batch == self._batch).order_by(_OUTCOMES.c.key)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                yield self._outcome(dict(row))

    def close(self) -> None:
        """Write what is still in memory and let the database go."""
        self.flush()
        self._engine.dispose()

    def __enter__(self) -> SqlLedger[Value]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _row(self, key: str) -> dict[str, Any] | None:
        query = sa.select(_OUTCOMES).where(_OUTCOMES.c.batch == self._batch, _OUTCOMES.c.key == key)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else dict(row)

    def _outcome(self, row: dict[str, Any]) -> Outcome[Value]:
        if row["refusal"] is not None:
            return Outcome(row["key"], None, Refusal(**json.loads(row["refusal"])))
        return Outcome(row["key"], self._decode(json.loads(row["value"])))


def _storable(key: str) -> str:
    """The key as text that a database takes: bytes of a path that are no UTF-8 are escaped."""
    return key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _as_it_is(value: Any) -> Any:
    return value


def _upsert(dialect: str) -> Any:
    """Insert or replace by primary key, in the words of the database."""
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(_OUTCOMES)
    replaced = {name: insert.excluded[name] for name in ("fingerprint", "value", "refusal")}
    return insert.on_conflict_do_update(index_elements=["batch", "key"], set_=replaced)


def connect_ledger(url: str, tables: sa.MetaData) -> sa.Engine:
    """Open a ledger's database and make the tables that are missing.

    Raises
    ------
    WrongUse
        ``ledger-not-opened``.
    """
    try:
        if "://" not in url:
            Path(url).parent.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{url}"
        if url.startswith(("postgres://", "postgresql://")):
            url = f"postgresql+psycopg://{url.partition('://')[2]}"
        engine = sa.create_engine(url)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _tune_sqlite)
        with disk_full_told(engine):
            _create_tables(engine, tables)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise WrongUse(
            Refusal(
                where=sa.engine.url.make_url(url).render_as_string(hide_password=True)
                if not isinstance(error, sa.exc.ArgumentError)
                else "ledger",
                what="the ledger cannot be opened",
                expected="an SQLite file that may be written, or the URL of a running PostgreSQL",
                received=type(error).__name__,
                todo="Check the path or URL; PostgreSQL needs: pip install 'ecgpage[postgres]'",
                code="ledger-not-opened",
            )
        ) from error
    return engine


def _create_tables(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make tables where they are missing; another process may be making them at this moment."""
    try:
        tables.create_all(engine)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError, sa.exc.IntegrityError):
        names = sa.inspect(engine).get_table_names()
        if not set(tables.tables) <= set(names):
            raise


def _tune_sqlite(connection: Any, _: Any) -> None:
    """Readers beside a writer, and commits that survive a kill of the process."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
