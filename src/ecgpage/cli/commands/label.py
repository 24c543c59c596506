"""``ecgpage label``: a local page on which people sort ECG pages."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("source", metavar="DATASET")
@click.option("--store", "store_url", help="Label store: a file or postgresql://...")
@click.option("--reader", default="", help="Your name; asked for on the page otherwise.")
@click.option(
    "--classes", default="Normal,Abnormal,Unsure,Unusable", show_default=True,
    metavar="NAME[=KEY],...", help="Classes; keys are 0, 1, 2 ... where none is given.",
)  # fmt: skip
@click.option("--queue", default="unlabelled", show_default=True,
              help="Pages to begin with: unlabelled, all, untouched, doubtful, rule, readers, "
              "unsure, suspects.")  # fmt: skip
@click.option(
    "--model", type=click.Path(path_type=Path),
    help="Model folder (or MODEL.cvK of a cross-validation) for suggestions.",
)  # fmt: skip
@click.option(
    "--records", type=click.Path(path_type=Path, file_okay=False),
    help="Folder of digitised records (NAME.json); else looked for beside the pages.",
)  # fmt: skip
@click.option("--blind", is_flag=True, help="Never show suggestions or other readers' labels.")
@click.option("--mask", is_flag=True, help="Never show what is printed outside the traces.")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to serve on; any but this machine's own needs a token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True,
              help="0: any that is free.")  # fmt: skip
@click.option("--token", envvar="ECGPAGE_TOKEN",
              help="What people must show; made and printed where --host needs one.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open the page by itself.")
@click.option("--consensus", type=click.Path(path_type=Path, dir_okay=False),
              help="Write what readers agree on (.csv or .json) and end.")  # fmt: skip
@click.option("--name", help="Name of the data set within the store.")
@click.option("--label-column", default="label", show_default=True)
@click.option("--path-column", default="path", show_default=True)
def command(
    source: str,
    store_url: str | None,
    reader: str,
    classes: str,
    queue: str,
    model: Path | None,
    records: Path | None,
    blind: bool,
    mask: bool,
    host: str,
    port: int,
    token: str | None,
    no_browser: bool,
    consensus: Path | None,
    name: str | None,
    label_column: str,
    path_column: str,
) -> None:
    """Label the pages of DATASET on a local web page, one key a page.

    DATASET is a folder or a manifest. Each label is in the store (labels.sqlite beside the
    data set unless --store names another) before the page says so. Several readers may work
    at once; the page shows how far they agree and lets one of them settle the rest.

    \b
    ecgpage label pages/
    ecgpage label pages.csv --reader Ada --blind
    ecgpage label pages.csv --classes "Normal=0,T wave=1,Other=2" --model model --queue unsure
    ecgpage label pages.csv --store postgresql://me@host/labels --host 0.0.0.0
    ecgpage label pages.csv --consensus agreed.csv

    Only this machine can open the page unless --host says otherwise; then the printed address
    holds a token. Nothing is fetched from elsewhere. Exit code 0: done; 2: wrong use.
    """
    from ecgpage.flows.label_pages import LabelRequest
    from ecgpage.flows.label_pages_agreement import write_consensus
    from ecgpage.store import store_beside
    from ecgpage.web import launch, make_settings

    request = LabelRequest(
        source, store_url or store_beside(source), blind, mask, model, records,
        label_column, path_column, name,
    )  # fmt: skip
    if consensus is not None:
        click.echo(f"{write_consensus(request, consensus)} pages written to {consensus}")
        return
    settings = make_settings(
        classes=classes, host=host, port=port, token=token, reader=reader, queue=queue
    )
    launch(request, settings, say=click.echo, browser=not no_browser)
