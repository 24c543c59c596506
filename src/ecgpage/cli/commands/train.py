"""``ecgpage train``: from a data set to a model folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.console import Bar, table, warn


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The model folder.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings as TOML; flags go over.")
@click.option("--network", help="trace (the default), strided, or seed (the first notebook's).")
@click.option("--epochs", type=int, help="At most so many passes over the training pages.")
@click.option("--batch-size", type=int, help="Pages in one step.")
@click.option("--learning-rate", type=float, help="The highest learning rate of the schedule.")
@click.option(
    "--patience", type=int, help="Stop after so many epochs without a better one; 0: never."
)
@click.option("--seed", type=int, help="Decides the split, first weights, order, augmentation.")
@click.option("--members", type=int, help="Train so many networks and average them.")
@click.option("--group", help="Column whose value must not cross the split (a patient's number).")
@click.option("--group-pattern", metavar="RE", help="The same from the file name.")
@click.option("--random-split", is_flag=True, default=None, help="Each page for itself: leaks.")
@click.option("--validation-fraction", type=float, help="Share of validation pages.")
@click.option("--test-fraction", type=float, help="Share of test pages.")
@click.option("--augmentation", help="none, notebook, paper or strips.")
@click.option("--augmentation-strength", type=float, help="Multiplies the augmentation.")
@click.option("--height", type=int, help="Rows that the network sees.")
@click.option("--width", type=int, help="Columns that the network sees.")
@click.option("--mode", help="grey, ink or rows.")
@click.option("--mask/--no-mask", default=None, help="Leave header and footer out, or not.")
@click.option("--dropout", type=float, help="Share of inputs of the dense layer that are dropped.")
@click.option("--ema", type=float, help="Decay of the running average of the weights; 0: none.")
@click.option("--set", "others", multiple=True, metavar="NAME=VALUE", help="Any other setting.")
@click.option("--fresh", is_flag=True, help="Start anew, whatever lies at --out.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished training (the default).")
@click.option("--tensorboard", is_flag=True, help="Also write a TensorBoard log.")
@click.option("--allow-leakage", is_flag=True, help="Train although pages leak between parts.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where reduced pages are kept.")
def command(
    dataset: Path,
    out: Path,
    config: Path | None,
    others: tuple[str, ...],
    fresh: bool,
    resume: bool,
    tensorboard: bool,
    allow_leakage: bool,
    cache: Path | None,
    **flags: Any,
) -> None:
    """Train a network on DATASET and write a model folder.

    DATASET is a folder of class folders, or a CSV file with the columns path and label (paths
    relative to the file); a column split with train, validation and test is obeyed.

    \b
    ecgpage train pages/ --out model
    ecgpage train pages.csv --out model --group patient_id
    ecgpage train pages.csv --out baseline --network seed --group patient_id --epochs 20
    ecgpage train pages.csv --out model --config best.toml --members 3

    Killed, the same command goes on at the same epoch. Exit code 1: done, but some pages were
    left out; each is named.
    """
    if fresh and resume:
        raise click.UsageError("--fresh and --resume exclude each other")
    from ecgpage.flows.train import train, train_settings
    from ecgpage.flows.train_parts import TrainRequest

    given = {name: value for name, value in flags.items() if value is not None}
    settings = train_settings(config, others, given)
    request = TrainRequest(dataset, out, settings, fresh, allow_leakage, tensorboard, cache)
    trained = train(request, Bar())
    if trained.already:
        warn(f"{out} already holds the model of these settings and data; --fresh trains anew.")
    for refusal in trained.refusals:
        warn(str(refusal))
    table(f"Validation pages, {out}", _rows(trained.model.description.metrics))
    click.echo(f"Model: {out} (card.md says what it is)")
    sys.exit(1 if trained.refusals else 0)


def _rows(metrics: Any) -> list[dict[str, Any]]:
    return [
        {"figure": name, **(value if isinstance(value, dict) else {"value": value})}
        for name, value in metrics.items()
    ]
