"""``ecgpage export``: a data set or a store into folders, CSV or JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, warn

FORM_OF_SUFFIX = {".csv": "csv", ".json": "json"}


@click.command()
@click.argument("source", metavar="DATASET_OR_STORE")
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder, .csv or .json.")
@click.option("--label-studio", is_flag=True, help="Write tasks for Label Studio (.json).")
@click.option("--link", type=click.Choice(["hard", "sym"]), help="Link files instead of copying.")
@click.option("--replace", is_flag=True, help="Exchange a folder that an earlier export wrote.")
@click.option(
    "--split-file", type=click.Path(path_type=Path, exists=True),
    help="A split that was written down (JSON).",
)  # fmt: skip
@click.option("--group", help="Make a split by this column.")
@click.option("--seed", default=0, show_default=True, help="Decides the split of --group.")
@click.option("--name", help="Name of the data set within the store.")
@click.option("--label-column", default="label", show_default=True)
@click.option("--path-column", default="path", show_default=True)
def command(
    source: str,
    to: Path,
    label_studio: bool,
    link: str | None,
    replace: bool,
    split_file: Path | None,
    group: str | None,
    seed: int,
    name: str | None,
    label_column: str,
    path_column: str,
) -> None:
    """Write DATASET_OR_STORE as class folders, CSV or JSON.

    A folder gets Training data/, Validation data/ and Test data/ with class folders where the
    split is known (column split, --split-file or --group), class folders alone otherwise, and
    manifest.csv with everything that folders cannot say. JSON holds every judgement with its
    time and author. The result appears when it is complete.

    \b
    ecgpage export pages.csv --to sorted --group patient --seed 7
    ecgpage export labels.sqlite --to sorted --link hard
    ecgpage export postgresql://me@host/labels --to labels.json
    ecgpage export labels.sqlite --to tasks.json --label-studio

    Exit code 0: done; 1: some pages were left out, each named; 2: wrong use.
    """
    from ecgpage.flows.export_labels import ExportRequest, export_labels

    form = "label-studio" if label_studio else FORM_OF_SUFFIX.get(to.suffix.lower(), "folder")
    request = ExportRequest(
        source, to, form, link, replace, split_file, group, seed, name, label_column, path_column
    )
    done = export_labels(request, Bar())
    for refusal in done.refusals:
        warn(str(refusal))
    click.echo(f"{done.pages} pages written to {to}")
    sys.exit(1 if done.refusals else 0)
