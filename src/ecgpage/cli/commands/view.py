"""``ecgpage view``: a local page that measures what is dropped on it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--store", "store_url", default="marks.sqlite", show_default=True,
              help="Where marks moved by hand are kept: a file or postgresql://...")  # fmt: skip
@click.option("--reader", default="", help="Your name, kept with the marks that you move.")
@click.option("--age", type=click.FloatRange(0, 130), help="Years, where a file does not say.")
@click.option("--sex", type=click.Choice(["male", "female"]), help="Where a file does not say.")
@click.option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True,
              help="0: any that is free.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open the page by itself.")
def command(
    store_url: str, reader: str, age: float | None, sex: str | None, port: int, no_browser: bool
) -> None:
    """Drop a picture, a PDF or a WFDB record on a local page and read what is measured on it.

    The traces found lie over the page. Marks of P, QRS and T can be moved with the mouse, a
    finger or the arrow keys; what is measured changes at once, and each moved mark is kept as
    yours: the same file shows it again.

    \b
    ecgpage view
    ecgpage view --reader Ada --store study.sqlite

    Only this machine can open the page; nothing leaves it. Not for clinical use. Exit code 0:
    done; 2: wrong use.
    """
    from ecgpage.flows.measure import MeasureRequest
    from ecgpage.flows.view import ViewRequest
    from ecgpage.web import launch_view, make_settings

    options = MeasureRequest((), Path(), age_y=age, sex=sex)
    request = ViewRequest(store_url, reader.strip(), options)
    launch_view(request, make_settings(port=port), say=click.echo, browser=not no_browser)
