"""How commands are told with what to work: processes, a cluster, limits for each page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ecgpage.work import Means


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--dask``, ``--page-seconds`` and ``--page-memory``."""
    options = (
        click.option(
            "--dask", metavar="ADDRESS",
            help="Work on this Dask scheduler (tcp://10.0.0.1:8786); 'local' starts one here.",
        ),
        click.option(
            "--page-seconds", type=click.FloatRange(0, min_open=True),
            help="Longest time for a page; it is refused then (with --parquet 600 if not given).",
        ),
        click.option(
            "--page-memory", type=click.FloatRange(0, min_open=True), metavar="MIB",
            help="Most memory for a page's process; the page is refused then.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def means_of(
    jobs: int | None, dask: str | None, page_seconds: float | None, page_memory: float | None
) -> Means | None:
    """What the options stand for; None where they leave everything as it is."""
    if dask is None and page_seconds is None and page_memory is None:
        return None
    from ecgpage.work import Means

    return Means(jobs or 0, dask, page_seconds, page_memory)
