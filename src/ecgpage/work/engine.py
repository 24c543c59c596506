"""Whatever carries out work: this process, a pool of processes, later a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ecgpage.values import Refusal

Item = TypeVar("Item")
Value = TypeVar("Value")

Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Done:
    """The function gave a value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The item was refused; ``wrong_use`` where the request itself is wrong for every item."""

    refusal: Refusal
    wrong_use: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The item's worker ended before it answered; ``how`` says with what."""

    how: str


Reply = Done | Failed | Lost


class Engine(Protocol):
    """Takes items, gives replies in the order in which they get ready.

    An engine keeps no book, retries nothing and orders nothing: that is :func:`run`'s part, so
    that another engine needs these four members and nothing else.
    """

    @property
    def capacity(self) -> int:
        """How many items may be under way at once."""
        ...

    def submit(self, ticket: int, where: str, item: Any) -> None:
        """Start on an item; ``where`` names it in refusals. Called only below ``capacity``."""
        ...

    def collect(self) -> tuple[int, Reply]:
        """Wait for the next reply. Called only while something is under way."""
        ...

    def close(self) -> None:
        """Stop everything that is under way and free what is held."""
        ...
