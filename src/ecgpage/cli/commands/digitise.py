"""``ecgpage digitise``: pages back into leads in mV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.archives import archive_options, without_parquet, work_through_archive
from ecgpage.cli.console import Bar, table, warn
from ecgpage.cli.engines import engine_options, means_of


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="PAGES_OR_FOLDERS...")
@click.option("--out", help="Folder to fill; with --parquet also s3:// ...")
@click.option("--overlay", is_flag=True, help="Draw the traces found over each page.")
@click.option("--debug", is_flag=True, help="Draw every step of each page.")
@click.option("--csv", "as_csv", is_flag=True, help="Write NAME.csv as well.")
@click.option("--dicom", is_flag=True, help="Write NAME.dcm (12-lead ECG waveform) as well.")
@click.option("--speed", type=click.FloatRange(5, 200), help="mm/s, where it is known.")
@click.option("--gain", type=click.FloatRange(1, 100), help="mm/mV, where it is known.")
@click.option(
    "--dpi", type=click.FloatRange(50, 600), default=200, show_default=True,
    help="At what resolution PDF pages are rendered.",
)  # fmt: skip
@click.option(
    "--ink", type=click.Choice(["auto", "classical", "network", "mixed"]), default="auto",
    show_default=True, help="How ink is told from paper and grid.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=0), default=1, show_default=True, help="0: all cores."
)
@engine_options
@archive_options
def command(
    pages: tuple[str, ...],
    out: str | None,
    overlay: bool,
    debug: bool,
    as_csv: bool,
    dicom: bool,
    speed: float | None,
    gain: float | None,
    dpi: float,
    ink: str,
    jobs: int,
    dask: str | None,
    page_seconds: float | None,
    page_memory: float | None,
    **archive: Any,
) -> None:
    """Digitise ECG pages (pictures, PDF, DICOM; files, folders and patterns).

    \b
    ecgpage digitise scans --out records --overlay
    ecgpage digitise report.pdf photo.jpg --out records --csv --dicom
    ecgpage digitise archive --out records --jobs 0
    ecgpage digitise fast.png --out records --speed 50

    For each page: NAME.hea/.dat (WFDB, 500 Hz, mV, NaN where not on the page) and NAME.json
    (layout, scale, confidence and coverage of each lead, reasons). A killed run goes on where
    it was. Exit code 0: all read; 1: some refused, each named; 2: wrong use.
    """
    from ecgpage.digitise import Settings
    from ecgpage.flows.digitise import DigitiseRequest, digitise_pages

    formats = tuple(name for name, on in (("csv", as_csv), ("dcm", dicom)) if on)
    settings = Settings(speed_mm_per_s=speed, gain_mm_per_mv=gain, ink=ink)
    means = means_of(jobs, dask, page_seconds, page_memory)
    if not without_parquet(archive):
        from ecgpage.flows.archive_looks import DigitiseLook

        if overlay or debug:
            raise click.UsageError("--overlay and --debug do not go with --parquet.")
        look = DigitiseLook(settings, dpi, out, formats)
        work_through_archive(look, pages, means, jobs, **archive)
    if out is None:
        raise click.UsageError("say where the records go: --out FOLDER")
    request = DigitiseRequest(
        pages, Path(out), settings, formats, overlay, debug, dpi, jobs,
        means,
    )  # fmt: skip
    told = digitise_pages(request, Bar())
    for refusal in told.refusals:
        warn(str(refusal))
    table("Read", [{"layout": name, "pages": n} for name, n in sorted(told.layouts.items())])
    table("Refused", [{"reason": why, "pages": n} for why, n in told.reasons.most_common()])
    sys.exit(1 if told.refusals else 0)
