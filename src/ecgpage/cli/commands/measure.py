"""``ecgpage measure``: waves, intervals, T waves, findings and a verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.archives import archive_options, without_parquet, work_through_archive
from ecgpage.cli.console import Bar, table, warn
from ecgpage.cli.engines import engine_options, means_of


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS_OR_PAGES...")
@click.option("--json", "json_path", type=click.Path(path_type=Path),
              help="Write one JSON object a line there.")  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path, file_okay=False),
              help="Folder for a report of each, to look at and to print.")  # fmt: skip
@click.option("--header", is_flag=True,
              help="Show header and footer in reports: they may name the patient.")  # fmt: skip
@click.option("--age", type=click.FloatRange(0, 130), help="Years, where the record does not say.")
@click.option("--sex", type=click.Choice(["male", "female"]), help="Where it does not say.")
@click.option("--speed", type=click.FloatRange(5, 200), help="mm/s of pages, where it is known.")
@click.option("--gain", type=click.FloatRange(1, 100), help="mm/mV of pages, where it is known.")
@click.option(
    "--dpi", type=click.FloatRange(50, 600), default=200, show_default=True,
    help="At what resolution PDF pages are rendered.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=0), default=1, show_default=True, help="0: all cores."
)
@engine_options
@archive_options
def command(
    paths: tuple[str, ...],
    json_path: Path | None,
    html: Path | None,
    header: bool,
    age: float | None,
    sex: str | None,
    speed: float | None,
    gain: float | None,
    dpi: float,
    jobs: int,
    dask: str | None,
    page_seconds: float | None,
    page_memory: float | None,
    **archive: Any,
) -> None:
    """Measure records (WFDB, arrays) and pages (pictures, PDF, DICOM).

    \b
    ecgpage measure record.hea --json measured.jsonl
    ecgpage measure scans --json measured.jsonl --html reports
    ecgpage measure archive --json measured.jsonl --jobs 0
    ecgpage measure page.png --json measured.jsonl --age 63 --sex female

    One JSON object a line: source, fs_hz, waves, measurements (name, lead, value, unit,
    confidence, reason), findings (statement, evidence) and verdict (label, score,
    t_wave_score). Pages go through the digitiser. A killed run goes on where it was. Not for
    clinical use. Exit code 0: all measured; 1: some refused, each named; 2: wrong use.
    """
    from ecgpage.digitise import Settings
    from ecgpage.flows.measure import MeasureRequest, measure_paths

    settings = Settings(speed_mm_per_s=speed, gain_mm_per_mv=gain)
    means = means_of(jobs, dask, page_seconds, page_memory)
    if not without_parquet(archive):
        from ecgpage.flows.archive_looks import MeasureLook

        if json_path or html:
            raise click.UsageError("--json and --html do not go with --parquet.")
        asked = MeasureRequest((), Path(), None, age, sex, settings, dpi)
        work_through_archive(MeasureLook(asked), paths, means, jobs, **archive)
    if json_path is None:
        raise click.UsageError("say where the result goes: --json FILE or --parquet PLACE")
    request = MeasureRequest(
        paths, json_path, html, age, sex, settings, dpi, jobs,
        means, header,
    )  # fmt: skip
    told = measure_paths(request, Bar())
    for refusal in told.refusals:
        warn(str(refusal))
    table("Verdicts", [{"verdict": k, "records": n} for k, n in sorted(told.verdicts.items())])
    table("Findings", [{"finding": k, "records": n} for k, n in told.findings.most_common()])
    table("Refused", [{"reason": r.what, "file": r.where} for r in told.refusals[:20]])
    sys.exit(1 if told.refusals else 0)
