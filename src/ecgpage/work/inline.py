"""The engine that works in this very process."""

from __future__ import annotations

from typing import Any

from ecgpage.work.call import call
from ecgpage.work.engine import Function, Reply


class Inline:
    """One item at a time, here; for one job, for debugging and for tests.

    It cannot survive what ends the process and cannot stop what hangs.
    """

    capacity = 1

    def __init__(self, function: Function) -> None:
        self._function = function
        self._reply: tuple[int, Reply] | None = None

    def submit(self, ticket: int, where: str, item: Any) -> None:
        """Do the item now."""
        self._reply = (ticket, call(self._function, where, item))

    def collect(self) -> tuple[int, Reply]:
        """Hand over the reply."""
        assert self._reply is not None, "collect without submit"
        reply, self._reply = self._reply, None
        return reply

    def close(self) -> None:
        """Nothing is held."""
