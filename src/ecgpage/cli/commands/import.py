"""``ecgpage import``: labels into the store."""  # noqa: N999

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, warn


@click.command("import")
@click.argument("source")
@click.option("--store", "store_url", help="A file or postgresql://USER@HOST/DATABASE.")
@click.option("--name", help="Name of the data set within the store.")
@click.option("--who", help="Whose labels these are, where the file does not say.")
@click.option(
    "--as", "kind", type=click.Choice(["person", "folder", "csv", "rule", "model"]),
    help="What kind of source that is.",
)  # fmt: skip
@click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the pages, for an export of Label Studio.",
)  # fmt: skip
@click.option("--label-column", default="label", show_default=True)
@click.option("--path-column", default="path", show_default=True)
def command(
    source: str,
    store_url: str | None,
    name: str | None,
    who: str | None,
    kind: str | None,
    root: Path | None,
    label_column: str,
    path_column: str,
) -> None:
    """Add the labels of SOURCE to a label store.

    SOURCE is a folder of class folders (any names; Training data/ and Test data/ above them
    are understood), a CSV or JSON file with paths and labels, a PTB-XL folder, labels exported
    by ecgpage, or Label Studio's JSON. Nothing in the store is overwritten; importing again
    adds only what has changed, and an import that was killed goes on where it was.

    \b
    ecgpage import pages/                                  into pages/labels.sqlite
    ecgpage import ada.csv --store labels.sqlite --who Ada --as person
    ecgpage import export.json --root pages/ --store postgresql://me@host/labels

    Exit code 0: done; 1: some rows were left out or doubtful, each named; 2: wrong use.
    """
    from ecgpage.flows.import_labels import ImportRequest, import_labels
    from ecgpage.store import store_beside

    request = ImportRequest(
        source, store_url or store_beside(source), name, who, kind, root, label_column, path_column
    )
    done = import_labels(request, Bar())
    for refusal in done.refusals:
        warn(str(refusal))
    click.echo(
        f"{done.pages} pages in data set '{done.name}': {done.new} new judgements, "
        f"{done.known} known before. Classes now: {', '.join(done.labels) or 'none'}."
    )
    sys.exit(1 if done.refusals else 0)
