"""``ecgpage browse``: see what is there."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, table, warn


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default="contact.html",
    show_default=True, help="The contact sheet, one HTML file.",
)  # fmt: skip
@click.option("--png", type=click.Path(path_type=Path), help="Also draw it as one picture.")
@click.option("--labels", type=click.Path(path_type=Path), help="A CSV with path and label.")
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0, show_default="all cores",
    help="How many processes.",
)  # fmt: skip
@click.option(
    "--dpi", type=float, default=150.0, show_default=True,
    help="Resolution for PDF pages and DICOM waveforms.",
)  # fmt: skip
@click.option(
    "--embed/--link", default=None,
    help="Large pictures within the HTML file, or links to the files "
    "(default: embed up to 120 files).",
)  # fmt: skip
def command(
    folder: str,
    out: Path,
    png: Path | None,
    labels: Path | None,
    jobs: int,
    dpi: float,
    embed: bool | None,
) -> None:
    """Show the pages under DIR as a contact sheet.

    Thumbnails open large and turn with the arrow keys; each shows its size, format, resolution,
    label and what is wrong with it. Labels come from class folders, from manifest.csv in DIR, or
    from --labels. DIR may also be a manifest.

    \b
    ecgpage browse scans/
    ecgpage browse pages/ --out pages.html --png pages.png
    ecgpage browse pages/ --labels labels.csv --link

    Exit code 0: all files could be read; 1: some could not, each with its reason; 2: wrong use.
    """
    from ecgpage.flows.browse import BrowseRequest, browse

    request = BrowseRequest(folder, out, png, labels, jobs, dpi, embed)
    seen = browse(request, Bar())
    for refusal in (*seen.refusals, *seen.problems):
        warn(str(refusal))
    rows = [{"format": name, "pages": count} for name, count in seen.formats.most_common()]
    if seen.refusals:
        rows.append({"format": "(unreadable)", "pages": len(seen.refusals)})
    click.echo(f"{seen.glimpses} pages in {out}" + (f" and {png}" if png else ""))
    table("", rows)
    table("Labels", [{"label": n, "pages": c} for n, c in sorted(seen.labels.items())])
    sys.exit(1 if seen.refusals else 0)
