"""``ecgpage render``: records into pages with exactly known truth."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, table, warn


@click.command()
@click.argument("records", nargs=-1, metavar="RECORDS...")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to fill."
)
@click.option(
    "--simulate", type=click.IntRange(min=0), default=0, metavar="N",
    help="Render N simulated records, normal and abnormal mixed, as well.",
)  # fmt: skip
@click.option(
    "--layout", metavar="NAME",
    help="3x4, 3x4+1, 3x4+3, 6x2, 6x2+1, 12x1 or random. Default: the look's own.",
)  # fmt: skip
@click.option(
    "--template", default="random", show_default=True, metavar="NAME",
    help="A look by name, like (variations of them) or random (everything mixed).",
)  # fmt: skip
@click.option(
    "--world", default="none", show_default=True, metavar="NAME",
    help="none, light, full, or a kind: scan, photo, folded, crumpled, copy, screen.",
)  # fmt: skip
@click.option("--dpi", type=click.FloatRange(30, 600), help="Dots per inch of the flat sheet.")
@click.option("--speed", type=click.FloatRange(5, 200), help="mm/s.")
@click.option("--gain", type=click.FloatRange(1, 100), help="mm/mV.")
@click.option("--rhythm", metavar="LEADS", help="Leads of the rhythm strips, such as II,V1,V5.")
@click.option(
    "--simultaneous/--consecutive", default=None,
    help="Whether all columns show the same time. Default: the look's own.",
)  # fmt: skip
@click.option("--turned", is_flag=True, help="Lay some pages sideways or upside down.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--format", "image_format", type=click.Choice(["png", "jpg"]), default="png", show_default=True
)
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="CSV",
    help="Table with the column record, and others to pass on to the manifest.",
)  # fmt: skip
@click.option("--label-column", default="label", show_default=True, help="The label's column.")
@click.option("--rate", type=click.FloatRange(min=1), help="Samples a second of .npy arrays.")
@click.option("--leads", metavar="NAMES", help="Leads of .npy arrays, separated by commas.")
@click.option(
    "--jobs", type=click.IntRange(min=0), default=1, show_default=True, help="0: all cores."
)
def command(
    records: tuple[str, ...],
    out: Path,
    simulate: int,
    layout: str | None,
    template: str,
    world: str,
    dpi: float | None,
    speed: float | None,
    gain: float | None,
    rhythm: str | None,
    simultaneous: bool | None,
    turned: bool,
    seed: int,
    image_format: str,
    labels: Path | None,
    label_column: str,
    rate: float | None,
    leads: str | None,
    jobs: int,
) -> None:
    """Render RECORDS (WFDB, .npy, .npz, or folders of them) as pages with their truth.

    \b
    ecgpage render ptbxl/records --out pages --template pale-report --dpi 150
    ecgpage render ludb/records/1 --out one --layout 6x2+1 --rhythm V1
    ecgpage render --simulate 200 --out demo --template like --world light --format jpg
    ecgpage render records --out photos --world crumpled --jobs 0 --labels labels.csv

    Each page comes with its truth: NAME.json (scale, layout, boxes), NAME.npz (centre lines,
    the map between page and sheet), NAME.hea/.dat (what the page shows), and all of them a
    manifest.csv. Exit code 0: all rendered; 1: some refused, each named; 2: wrong use.
    """
    if not records and not simulate:
        raise click.UsageError("name records to render, or say how many to --simulate")
    from ecgpage.flows.render import RenderRequest, render_records
    from ecgpage.render import Recipe

    recipe = Recipe(
        template=template, layout=layout, world=world, dpi=dpi, speed_mm_per_s=speed,
        gain_mm_per_mv=gain, rhythm=_names(rhythm), simultaneous=simultaneous, turned=turned,
        seed=seed,
    )  # fmt: skip
    request = RenderRequest(
        records,
        out,
        recipe,
        simulate,
        image_format,
        labels,
        label_column,
        rate,
        _names(leads),
        jobs,
    )
    rendered = render_records(request, Bar())
    for refusal in rendered.refusals:
        warn(str(refusal))
    table(
        f"Written to {rendered.manifest}",
        [{"pages": rendered.pages, "refused": len(rendered.refusals)}],
    )
    sys.exit(1 if rendered.refusals else 0)


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())
