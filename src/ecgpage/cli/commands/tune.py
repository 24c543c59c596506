"""``ecgpage tune``: search for settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecgpage.cli.console import Bar, table, warn


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="best.toml, say.")
@click.option("--study", default="ecgpage", show_default=True, help="Name of the study.")
@click.option("--storage", help="SQLite file or database URL; by default OUT with .db.")
@click.option("--trials", type=click.IntRange(1), default=30, show_default=True,
              help="Finished trials of the study, all processes together.")  # fmt: skip
@click.option("--search", help="Settings to search, with commas between; by default all.")
@click.option("--config", type=click.Path(path_type=Path), help="Fixed settings as TOML.")
@click.option("--network", help="trace (the default), strided or seed.")
@click.option("--epochs", type=int, help="At most so many epochs for each trial.")
@click.option("--seed", type=int, help="Decides the split and all draws.")
@click.option("--group", help="Column whose value must not cross the split.")
@click.option("--group-pattern", metavar="RE", help="The same from the file name.")
@click.option("--augmentation", help="none, notebook, paper, strips: its strength is searched.")
@click.option("--set", "others", multiple=True, metavar="NAME=VALUE", help="Any other setting.")
@click.option("--stale-after", type=click.IntRange(6), default=90, show_default=True,
              help="Seconds of silence after which a trial is tried again.")  # fmt: skip
@click.option("--allow-leakage", is_flag=True, help="Search although pages leak between parts.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where reduced pages are kept.")
def command(
    dataset: Path,
    out: Path,
    study: str,
    storage: str | None,
    trials: int,
    search: str | None,
    config: Path | None,
    others: tuple[str, ...],
    stale_after: int,
    allow_leakage: bool,
    cache: Path | None,
    **flags: Any,
) -> None:
    """Search for the settings with the best validation AUC on DATASET.

    Searched are learning rate, depth, width, dropout, batch normalisation and augmentation
    strength. Test pages are never opened. The result is TOML for `ecgpage train --config`,
    with all trials beside it as JSON and as a picture.

    \b
    ecgpage tune pages.csv --out best.toml --group patient_id --trials 30
    ecgpage tune pages.csv --out best.toml --search learning_rate,dropout --epochs 15
    ecgpage tune pages.csv --out best.toml --storage postgresql://host/studies --study trace

    Run it in several processes or on several machines with the same --storage and --study to
    share the work; killed or ended, run it again to go on.
    """
    from ecgpage.flows.train import train_settings
    from ecgpage.flows.tune import SEARCHED, TuneRequest, tune

    given = {name: value for name, value in flags.items() if value is not None}
    settings = train_settings(config, others, given)
    names = tuple(name.strip() for name in search.split(",")) if search else SEARCHED
    request = TuneRequest(
        dataset, out, settings, study, storage or str(out.with_suffix(".db")), trials, names,
        stale_after, allow_leakage, cache,
    )  # fmt: skip
    tuned, refusals = tune(request, Bar())
    for refusal in refusals:
        warn(str(refusal))
    best = {"validation AUC": tuned.best.value, **tuned.best.parameters}
    table("Best trial", [{"setting": name, "value": _shown(best[name])} for name in best])
    click.echo(f"Settings: {out} (ecgpage train ... --config {out})")
    sys.exit(1 if refusals else 0)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
