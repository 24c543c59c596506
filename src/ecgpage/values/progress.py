"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Anything that can show work going on; the command line passes a bar."""

    def steps(self, items: Iterable[T], name: str, total: int | None = None) -> Iterator[T]:
        """Yield the items one by one, showing how many are done."""
        ...

    def say(self, text: str) -> None:
        """Show one line of news."""
        ...


class Silent:
    """Progress for programs and tests: shows nothing."""

    def steps(self, items: Iterable[T], name: str, total: int | None = None) -> Iterator[T]:  # noqa: ARG002
        """Yield the items one by one."""
        yield from items

    def say(self, text: str) -> None:
        """Ignore the text."""
