"""How far the runs of a ledger are, for whoever asks from elsewhere."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from ecgpage.store.archive_schema import RUNS, TABLES
from ecgpage.store.ledger import connect_ledger
from ecgpage.values import Refusal, WrongUse

SILENT_S = 120.0
"""A run that said nothing for longer has ended without a word, or is at a very long page."""


@dataclass(frozen=True, slots=True)
class RunState:
    """One run.

    ``state``: ``running``, ``ended``, ``stopped`` (by an error or an interrupt) or ``silent``
    (killed, or at a page that takes minutes). ``rate_hz``: pages a second over the last minute
    or more. Times in seconds; ``left_s`` None where there is no rate.
    """

    name: str
    command: str
    state: str
    pages: int
    done: int
    refused: int
    rate_hz: float | None
    left_s: float | None
    since_s: float
    output: str
    dashboard: str

    @property
    def refused_share(self) -> float:
        """Share of the settled pages that was refused."""
        return self.refused / max(1, self.done + self.refused)

    @property
    def settled(self) -> int:
        """Pages that were done or refused."""
        return self.done + self.refused

    def as_dict(self) -> dict[str, Any]:
        """The state as plain values."""
        return asdict(self) | {"settled": self.settled, "refused_share": self.refused_share}


def run_states(url: str, name: str | None = None) -> tuple[RunState, ...]:
    """The runs of a ledger, the newest first, or the one of that name.

    Raises
    ------
    WrongUse
        ``no-such-run``, ``ledger-not-opened``.
    """
    engine = connect_ledger(url, TABLES)
    query = sa.select(RUNS).order_by(RUNS.c.started_s.desc())
    if name is not None:
        query = query.where(RUNS.c.name == name)
    try:
        with engine.connect() as connection:
            rows = connection.execute(query).all()
    finally:
        engine.dispose()
    if name is not None and not rows:
        raise WrongUse(
            Refusal(name, "there is no such run", "the name of a run of this ledger", "nothing",
                    "See all runs with: ecgpage status", "no-such-run")
        )  # fmt: skip
    return tuple(_state(row, time.time()) for row in rows)


def _state(row: sa.Row[tuple[object, ...]], now_s: float) -> RunState:
    silent = row.state == "running" and now_s - row.updated_s > SILENT_S
    running = row.state == "running" and not silent
    left = row.pages - row.done - row.refused
    return RunState(
        name=row.name,
        command=row.command,
        state="silent" if silent else row.state,
        pages=row.pages,
        done=row.done,
        refused=row.refused,
        rate_hz=row.rate_hz,
        left_s=left / row.rate_hz if running and row.rate_hz else None,
        since_s=now_s - row.updated_s,
        output=row.output,
        dashboard=row.dashboard or "",
    )
