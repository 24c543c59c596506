"""``ecgpage evaluate``: what a model is worth, beside what it has to beat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.console import Bar, table, warn

SHOWN = (
    "auc", "pr_auc", "balanced_accuracy", "accuracy", "sensitivity", "specificity",
    "sensitivity_at_90_specificity", "specificity_at_90_sensitivity", "brier", "ece",
)  # fmt: skip


@click.command()
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every figure.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a self-contained report.")
@click.option("--png", type=click.Path(path_type=Path), help="Write each plot into this folder.")
@click.option("--subgroup", multiple=True, metavar="COLUMN", help="Figures by its values, too.")
@click.option("--group", metavar="COLUMN", help="Intervals and folds go over its values.")
@click.option("--group-pattern", metavar="RE", help="The same from the file name.")
@click.option(
    "--baseline-column", multiple=True, metavar="COLUMN", help="A number to beat, on its own."
)
@click.option(
    "--part",
    type=click.Choice(["test", "all"]),
    help="Which pages; without it the test part, else every page that the model has not seen.",
)
@click.option("--cross-validate", type=click.IntRange(2, 50), metavar="K", help="Train K folds.")
@click.option("--network", help="With --cross-validate: the network, where MODEL_DIR is none yet.")
@click.option("--epochs", type=int, help="With --cross-validate: at most so many epochs.")
@click.option("--skip-seed", is_flag=True, help="Leave the seed network out.")
@click.option("--measures", is_flag=True,
              help="Train a model on measured waves beside it (a second a page).")  # fmt: skip
@click.option("--allow-leakage", is_flag=True, help="Judge although the model has seen pages.")
@click.option("--worst", type=click.IntRange(0, 100), default=8, show_default=True,
              help="So many mistakes as pictures.")  # fmt: skip
@click.option("--resamples", type=click.IntRange(0), default=2000, show_default=True,
              help="Draws of groups for the intervals.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of draws and folds.")
@click.option("--jobs", type=int, default=0, show_default=True, help="Processes; 0: one a core.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where reduced pages are kept.")
def command(
    model_dir: Path,
    dataset: Path,
    json_file: Path | None,
    html: Path | None,
    png: Path | None,
    subgroup: tuple[str, ...],
    baseline_column: tuple[str, ...],
    network: str | None,
    epochs: int | None,
    **others: Any,
) -> None:
    """Judge the model in MODEL_DIR on pages of DATASET that it has not seen.

    DATASET is a folder of class folders or a CSV file with the columns path and label; its
    column split, or else the model's own split, says which pages are the test part. Beside the
    model stand the commonest class, the T-band rule and the seed network, on the same pages
    and with the same 95 % intervals over groups.

    \b
    ecgpage evaluate model pages.csv --json report.json --html report.html
    ecgpage evaluate model pages.csv --json report.json --subgroup sex --subgroup template
    ecgpage evaluate model other-hospital.csv --part all --json other.json
    ecgpage evaluate model pages.csv --cross-validate 5 --group patient_id --json cv.json

    With --cross-validate the settings of MODEL_DIR are trained on K folds in MODEL_DIR.cvK;
    where MODEL_DIR is no model yet, --network names the network. Killed, the same command goes
    on. Exit code 1: done, but some pages could not be read; each is named.
    """
    from ecgpage.flows.evaluate import EvaluateRequest, evaluate

    if others["cross_validate"] is None and (network or epochs):
        raise click.UsageError("--network and --epochs go with --cross-validate")
    flags = {"network": network, "epochs": epochs, "group": others["group"]}
    given = {name: value for name, value in flags.items() if value is not None}
    request = EvaluateRequest(
        model_dir, dataset, json_file, html, png,
        subgroups=subgroup, baseline_columns=baseline_column, flags=given, **others,
    )  # fmt: skip
    evaluated = evaluate(request, Bar())
    show(evaluated.found)
    for refusal in evaluated.refusals:
        warn(str(refusal))
    sys.exit(1 if evaluated.refusals else 0)


def show(found: dict[str, Any]) -> None:
    """Print the figures, the baselines and the subgroups."""
    data, figures = found["data"], found["figures"]
    rows = [{"figure": name, "value": text(figures[name])} for name in SHOWN if name in figures]
    table(f"{found['model']['name']} on {data['n']} pages of {data['groups']} groups", rows)
    beside = [{"": "this model", **brief(figures), "note": ""}]
    for name, base in found["baselines"].items():
        why = "" if base["figures"] else base["note"]
        beside.append({"": name, **brief(base["figures"]), "note": why})
    table("Beside it, on the same pages", beside)
    for column, groups in found["subgroups"].items():
        table(
            f"By {column}",
            [{column: g["value"], "pages": g["pages"], **brief(g["figures"])} for g in groups],
        )
    for name, value in found.get("folds", {}).get("mean", {}).items():
        if value["mean"] is not None:
            click.echo(f"Mean of the folds, {name}: {value['mean']:.3f}")


def brief(figures: dict[str, Any] | None) -> dict[str, str]:
    """AUC and balanced accuracy with their intervals."""
    names = ("auc", "balanced_accuracy")
    return {name: text(figures[name]) if figures else "-" for name in names}


def text(figure: dict[str, float | None]) -> str:
    """A figure with its interval."""
    if figure["value"] is None:
        return "-"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
