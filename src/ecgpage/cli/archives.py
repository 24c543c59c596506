"""What the commands that can work through an archive share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ecgpage.cli.console import Bar, table, warn

if TYPE_CHECKING:
    from ecgpage.flows.archive_looks import Looks
    from ecgpage.work import Means


PAGE_SECONDS = 600.0
"""Longest time for a page of an archive unless another is given: a page that hangs must not hold
up a million others, and with a limit each page is worked on in a process of its own."""


def archive_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--parquet`` and what goes with it; the command gets them as keywords."""
    options = (
        click.option(
            "--parquet", metavar="PLACE",
            help="Write tables in Parquet there (a folder, s3:// ...), for any number of pages.",
        ),
        click.option(
            "--ledger", metavar="URL",
            help="With --parquet: SQLite file or PostgreSQL that knows what is done.",
        ),
        click.option(
            "--run", "run_name", metavar="NAME",
            help="With --parquet: the run's name for 'ecgpage status'.",
        ),
        click.option(
            "--part-pages", type=click.IntRange(min=1),
            help="With --parquet: pages a file (default 10000; measure 1000).",
        ),
        click.option(
            "--retry-refused", is_flag=True,
            help="With --parquet: try every refused page again.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def work_through_archive(
    look: Looks,
    paths: tuple[str, ...],
    means: Means | None,
    jobs: int | None,
    *,
    parquet: str,
    ledger: str | None,
    run_name: str | None,
    part_pages: int | None,
    retry_refused: bool,
) -> None:
    """Work through an archive, say what came of it, and end the program."""
    from ecgpage.flows.archive import ArchiveRequest, work_through
    from ecgpage.work import Means

    means = means or Means(jobs or 0)
    if means.limit_s is None:
        means = replace(means, limit_s=PAGE_SECONDS)
    request = ArchiveRequest(paths, parquet, ledger, run_name, means, part_pages, retry_refused)
    told = work_through(request, look, Bar())
    for refusal in told.examples:
        warn(str(refusal))
    count = told.count
    rows = [
        {"": "done", "pages": count.done},
        {"": "refused", "pages": count.refused},
        {"": "worked on now", "pages": told.worked},
    ]
    table(f"Run {told.run}", rows)
    click.echo(f"Written: {parquet}")
    sys.exit(1 if count.refused else 0)


def without_parquet(options: dict[str, Any]) -> bool:
    """Whether the tables were not asked for; what goes with them alone is then wrong use."""
    if options["parquet"] is not None:
        return False
    names = {"ledger": "--ledger", "run_name": "--run", "part_pages": "--part-pages",
             "retry_refused": "--retry-refused"}  # fmt: skip
    for name, flag in names.items():
        if options[name]:
            raise click.UsageError(f"{flag} goes with --parquet.")
    return True
