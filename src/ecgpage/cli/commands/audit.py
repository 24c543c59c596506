"""``ecgpage audit``: find copies, conflicts and shortcuts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.archives import archive_options, without_parquet, work_through_archive
from ecgpage.cli.console import Bar, table, warn
from ecgpage.cli.engines import engine_options, means_of


@click.command()
@click.argument("dataset", type=click.Path())
@click.option("--group", "column", help="Column that says which pages belong together (patient).")
@click.option("--group-pattern", help="Regular expression in the file name that says so.")
@click.option(
    "--split", type=click.Path(path_type=Path, dir_okay=False),
    help="A split written by 'ecgpage split' (JSON); default: the column 'split', if any.",
)  # fmt: skip
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False),
    help="Write all findings here.",
)  # fmt: skip
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report with pictures here.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of folds and bootstrap.")
@click.option(
    "--jobs", type=click.IntRange(min=0), default=None,
    help="How many processes; 0 takes all cores (default: one for up to 200 pages).",
)  # fmt: skip
@engine_options
@archive_options
def command(
    dataset: str,
    column: str | None,
    group_pattern: str | None,
    split: Path | None,
    json_file: Path | None,
    html_file: Path | None,
    seed: int,
    jobs: int | None,
    dask: str | None,
    page_seconds: float | None,
    page_memory: float | None,
    **archive: Any,
) -> None:
    """Look for what makes figures of a model on DATASET wrong.

    DATASET is a folder of class folders or a CSV manifest (path, label, any other columns).
    Finds exact copies and copies that were resized, recompressed, made grey or cropped a
    little, copies and groups that cross the split, labels that contradict one another, pages
    that are unreadable, blank, tiny or no electrocardiogram, and how well the label can be
    told from what carries no waveform (size, header, footer, colours, compression, names,
    columns). Without --group, pages are grouped by near-duplicate clusters.

    \b
    ecgpage audit pages/ --json audit.json --html audit.html
    ecgpage audit pages.csv --group patient --html audit.html
    ecgpage audit pages.csv --group-pattern '^([0-9]+)_' --split split.json

    Exit code 0: done, whatever was found; 1: some pages could not be read; 2: wrong use.
    """
    from ecgpage.cli.groups import group_by
    from ecgpage.flows.audit import AuditRequest, audit_dataset
    from ecgpage.report.audit import finding_rows

    means = means_of(jobs, dask, page_seconds, page_memory)
    if not without_parquet(archive):
        from ecgpage.flows.archive_looks import AuditLook

        if json_file or html_file or split or column or group_pattern:
            raise click.UsageError("--parquet writes each page's traits and goes alone.")
        work_through_archive(AuditLook(), (dataset,), means, jobs, **archive)
    group = group_by(column, group_pattern)
    request = AuditRequest(
        dataset, json_file, html_file, group, split, seed, jobs,
        means=means,
    )  # fmt: skip
    done = audit_dataset(request, Bar())
    for refusal in done.refusals:
        warn(str(refusal))
    click.echo(f"{done.pages} pages, grouped by {group}; seed {seed}")
    table("Findings", finding_rows(done.findings, pages=False))
    for path in (json_file, html_file):
        if path is not None:
            click.echo(f"Written: {path}")
    sys.exit(1 if done.refusals else 0)
