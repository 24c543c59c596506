"""``ecgpage score-digitisation``: how well pages were turned back into signals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.console import Bar, table, warn

FIGURES = {
    "challenge_snr_db": "SNR of the 2024 challenge, dB",
    "kaggle_snr_db": "SNR of the 2025 competition, dB (mean of pages)",
    "kaggle_score_db": "the same as the competition's score, dB (mean ratio)",
    "rmse_mv": "RMSE, mV (as it stands)",
    "correlation": "correlation (as it stands)",
    "coverage": "coverage",
    "pages": "pages",
    "failures": "failures (0 dB)",
}


@click.command()
@click.argument("truth_dir", type=click.Path(path_type=Path))
@click.argument("est_dir", type=click.Path(path_type=Path))
@click.option("--layout", help="What the pages show of the truth: 3x4+II, 6x2, 12x1 ...")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every lead here.")
@click.option("--pages", is_flag=True, help="Also print a row for each page.")
@click.option("--jobs", type=int, default=0, show_default=True, help="Processes; 0: one a core.")
def command(
    truth_dir: Path,
    est_dir: Path,
    layout: str | None,
    json_file: Path | None,
    pages: bool,
    jobs: int,
) -> None:
    """Score the records in EST_DIR against those of the same stem in TRUTH_DIR.

    Both are folders of WFDB records in mV. Prints the aligned SNR of the 2024 PhysioNet
    challenge, the SNR of the 2025 Kaggle competition, RMSE, correlation and coverage. A record
    without an estimate counts 0 dB. With --layout the truth is first masked to what such a
    page shows; without it, it is taken as it is.

    \b
    ecgpage digitise pages/ --out found/
    ecgpage score-digitisation records/ found/ --layout 3x4+II --json scores.json

    Exit code 1: done, but some records had no usable estimate; each is named.
    """
    from ecgpage.flows.score_digitisation import score_digitisation, write_scores

    scores = score_digitisation(truth_dir, est_dir, layout, jobs, Bar())
    if json_file is not None:
        write_scores(scores, json_file)
    if pages:
        table("Pages", [_page(page) for page in scores.pages])
    rows = [{"figure": text, "value": scores.summary[name]} for name, text in FIGURES.items()]
    table(f"{est_dir} against {truth_dir}" + (f", {layout}" if layout else ""), rows)
    failures = [page.failure for page in scores.pages if page.failure is not None]
    for refusal in (*failures, *scores.refusals):
        warn(str(refusal))
    if scores.strangers:
        warn(f"{len(scores.strangers)} estimates belong to no truth: {scores.strangers[0]} ...")
    sys.exit(1 if failures or scores.refusals else 0)


def _page(page: Any) -> dict[str, Any]:
    names = ("name", "challenge_snr_db", "kaggle_snr_db", "rmse_mv", "correlation", "coverage")
    row = {name: getattr(page, name) for name in names}
    return {**row, "failure": "" if page.failure is None else page.failure.what}
