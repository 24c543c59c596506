"""What the commands share: a progress bar on standard error, and tables on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

T = TypeVar("T")


class _Rate(ProgressColumn):
    """How many steps a second, lately."""

    def render(self, task: Task) -> Text:
        """The rate, where there is one."""
        return Text("" if not task.speed else f"{task.speed:.1f}/s")


class Bar:
    """A :class:`ecgpage.values.Progress` that draws on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    def steps(self, items: Iterable[T], name: str, total: int | None = None) -> Iterator[T]:
        """Yield the items one by one under a bar of count, times, rate and share refused."""
        if total is None and isinstance(items, Sequence):
            total = len(items)
        columns = (
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            _Rate(),
            TextColumn("{task.fields[refused]}"),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(name, total=total, refused="")
            refused = 0
            for count, item in enumerate(items, 1):
                yield item
                refused += getattr(item, "refusal", None) is not None
                share = f"{100 * refused / count:.1f} % refused" if refused else ""
                bars.update(task, advance=1, refused=share)

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        self._console.print(text, highlight=False, markup=False)


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that share their keys as a table on standard output, under a line of title."""
    if not rows:
        return
    out = Table()
    for name in rows[0]:
        out.add_column(name)
    for row in rows:
        out.add_row(*(_shown(value) for value in row.values()))
    if title:
        click.echo(title)
    Console().print(out)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def warn(text: str) -> None:
    """Print one line on standard error."""
    click.echo(text, err=True)
