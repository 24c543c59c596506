"""``ecgpage predict``: pages into probabilities."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.archives import archive_options, without_parquet, work_through_archive
from ecgpage.cli.console import Bar, table, warn
from ecgpage.cli.engines import engine_options, means_of


@click.command()
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.argument("paths", nargs=-1, required=True, metavar="PATHS_OR_MANIFEST...")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write a CSV file.")
@click.option("--jsonl", "jsonl_path", type=click.Path(path_type=Path), help="Write JSON lines.")
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0, show_default="all cores",
    help="How many processes.",
)  # fmt: skip
@click.option(
    "--resume/--fresh", default=True, show_default=True,
    help="Go on where a killed run was, or start anew.",
)  # fmt: skip
@engine_options
@archive_options
def command(
    model_dir: Path,
    paths: tuple[str, ...],
    csv_path: Path | None,
    jsonl_path: Path | None,
    jobs: int,
    resume: bool,
    dask: str | None,
    page_seconds: float | None,
    page_memory: float | None,
    **archive: Any,
) -> None:
    """Predict the class of pages with the model in MODEL_DIR, through ONNX Runtime.

    PATHS are files, folders (searched recursively) and patterns in quotes, or one manifest: a
    CSV file with the column path (paths relative to the file). The result has the columns path,
    label, probability (of the class that the model names positive) and error, one row for each
    page in the order of the pages; a file that cannot be read is a row with its error.

    \b
    ecgpage predict model pages/ --csv predictions.csv
    ecgpage predict model pages.csv --csv predictions.csv --jsonl predictions.jsonl
    ecgpage predict model "scans/*.pdf" more/ --csv predictions.csv --jobs 4

    Killed, the same command goes on where it was. Exit code 0: all pages predicted; 1: some
    failed, each with its row; 2: wrong use. Not for clinical use.
    """
    means = means_of(jobs, dask, page_seconds, page_memory)
    if not without_parquet(archive):
        from ecgpage.flows.archive_looks import open_predict_look

        if csv_path or jsonl_path:
            raise click.UsageError("--csv and --jsonl do not go with --parquet.")
        work_through_archive(open_predict_look(model_dir), paths, means, jobs, **archive)
    if csv_path is None and jsonl_path is None:
        raise click.UsageError(
            "say where the result goes: --csv FILE, --jsonl FILE or both, or --parquet PLACE"
        )
    from ecgpage.flows.predict import PredictRequest, predict

    request = PredictRequest(
        model_dir, paths, csv_path, jsonl_path, jobs, fresh=not resume,
        means=means,
    )  # fmt: skip
    predicted = predict(request, Bar())
    for example in predicted.examples:
        warn(example)
    rows = [{"label": name, "pages": count} for name, count in sorted(predicted.labels.items())]
    failed = [{"label": "(failed)", "pages": predicted.failed}] if predicted.failed else []
    table("Pages", rows + failed)
    for written in filter(None, (csv_path, jsonl_path)):
        click.echo(f"Written: {written}")
    sys.exit(1 if predicted.failed else 0)
