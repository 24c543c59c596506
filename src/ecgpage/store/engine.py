"""Connections to the store's database: an SQLite file, or PostgreSQL by its URL."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from ecgpage.values import Refusal, WrongUse, missing_extra

FILE_NAME = "labels.sqlite"
"""Name of the SQLite file that lies beside a data set by default."""

WAIT_S = 30.0
"""How long a writer waits for another one."""

WRITES = {"ecgpage_writes": True}


def store_beside(dataset: str | os.PathLike[str]) -> str:
    """The default store of a data set: ``labels.sqlite`` in its folder or beside its file."""
    path = Path(dataset)
    return str((path if path.is_dir() else path.parent) / FILE_NAME)


def is_store(source: str | os.PathLike[str]) -> bool:
    """Whether a name is a store's: a URL, or a file that SQLite wrote."""
    text = os.fspath(source)
    if "://" in text:
        return True
    path = Path(text)
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"


def parse_url(store: str | os.PathLike[str]) -> URL:
    """The database of a store: a path is an SQLite file; PostgreSQL goes through psycopg.

    Raises
    ------
    WrongUse
        ``bad-store-url``.
    """
    text = os.fspath(store)
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).absolute()))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise _bad_url("it cannot be read as a URL") from error
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        return url.set(drivername="sqlite", database=str(Path(url.database).absolute()))
    raise _bad_url(f"'{url.drivername}' is not supported")


def open_engine(store: str | os.PathLike[str]) -> Engine:
    """An engine whose commits are on the disk when they return.

    SQLite: write-ahead log, ``synchronous=FULL`` (the log is flushed at each commit), foreign
    keys on; a writer takes the lock when it begins, so that two never wait for one another
    half-way. PostgreSQL: ``synchronous_commit`` is turned on where the server has it off.

    Raises
    ------
    WrongUse
        ``bad-store-url``, ``no-store-folder``, ``missing-extra``.
    """
    url = parse_url(store)
    if url.get_backend_name() == "sqlite":
        _check_folder(Path(str(url.database)))
        engine = create_engine(url, connect_args={"timeout": WAIT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise missing_extra("psycopg", "postgres", "a store in PostgreSQL") from error
    event.listen(engine, "connect", _prepare_postgres)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back by an exception."""
    with (
        reported(engine),
        engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of the database."""
    with reported(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reported(engine: Engine) -> Iterator[None]:
    """Turn what goes wrong with the database itself into words, without its password."""
    try:
        with disk_full_told(engine):
            yield
    except OperationalError as error:
        raise _unreachable(engine, str(error.orig).strip()) from error
    except DatabaseError as error:
        if "not a database" not in str(error.orig):
            raise
        raise WrongUse(
            Refusal(_shown(engine), "it is not a label store", "an SQLite database",
                    "a file of another kind", "Name another file with --store.", "not-a-store")
        ) from error  # fmt: skip


@contextmanager
def disk_full_told(engine: Engine) -> Iterator[None]:
    """A database without room for what is written is the system's error for a full disk."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig)
        if not any(words in said for words in ("disk is full", "No space left", "disk I/O error")):
            raise
        place = engine.url.render_as_string(hide_password=True)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ecgpage_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit TO on")
    connection.commit()


def _shown(engine: Engine) -> str:
    url = engine.url
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string()


def _unreachable(engine: Engine, reason: str) -> WrongUse:
    sqlite = engine.url.get_backend_name() == "sqlite"
    return WrongUse(
        Refusal(
            _shown(engine),
            "the store cannot be used",
            "a file that can be written" if sqlite else "a PostgreSQL server that answers",
            reason.splitlines()[0] if reason else "no answer",
            "Name another file with --store."
            if sqlite
            else "Check the server, the name of the database and the password.",
            "store-unreachable",
        )
    )


def _check_folder(file: Path) -> None:
    if not file.parent.is_dir():
        raise WrongUse(
            Refusal(str(file), "its folder does not exist", "an existing folder",
                    str(file.parent), "Make the folder, or name another.", "no-store-folder")
        )  # fmt: skip
    if not file.exists() and not os.access(file.parent, os.W_OK):
        raise WrongUse(
            Refusal(str(file), "its folder cannot be written", "a folder that can be written",
                    str(file.parent), "Name a file elsewhere with --store.", "read-only-folder")
        )  # fmt: skip


def _bad_url(what: str) -> WrongUse:
    return WrongUse(
        Refusal("--store", what, "a file, sqlite:///FILE or postgresql://USER@HOST/DATABASE",
                "something else", "Correct the store's address.", "bad-store-url")
    )  # fmt: skip
