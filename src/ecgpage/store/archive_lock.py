"""One writer at a time for one data set of an archive."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator

import sqlalchemy as sa

from ecgpage.values import Refusal, WrongUse

_SPACE = 0x4543_4741
"""First half of the advisory lock's number on PostgreSQL; the second names the data set."""


@contextlib.contextmanager
def only_writer(engine: sa.Engine, key: str) -> Iterator[None]:
    """Hold the data set against other runs; a run that was killed holds nothing.

    Raises
    ------
    WrongUse
        ``already-running``.
    """
    number = zlib.crc32(key.encode()) - 2**31
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            ours = {"space": _SPACE, "number": number}
            ask = sa.text("SELECT pg_try_advisory_lock(:space, :number)")
            if not connection.execute(ask, ours).scalar():
                raise _already_running(key)
            yield
            connection.execute(sa.text("SELECT pg_advisory_unlock(:space, :number)"), ours)
        return
    import fcntl

    name = f"{engine.url.database}.{number & 0xFFFFFFFF:08x}.lock"
    handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _already_running(key) from error
        yield
    finally:
        os.close(handle)


def _already_running(key: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=key,
            what="another run is writing these results",
            expected="one run at a time for one output",
            received="a run that holds them",
            todo="Wait for it (ecgpage status), or name another output.",
            code="already-running",
        )
    )
