"""``ecgpage split``: say what is trained on and what is tested on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, table, warn


class Fractions(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Shares separated by commas."""

    name = "TRAIN,VALIDATION,TEST"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """The shares as numbers; whether they add up is checked where they are used."""
        try:
            return tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}' is not a list of numbers such as 0.7,0.15,0.15", param, ctx)


@click.command()
@click.argument("dataset", type=click.Path())
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="The manifest to write; the split itself goes beside it as JSON.",
)  # fmt: skip
@click.option("--group", "column", help="Column that says which pages belong together (patient).")
@click.option("--group-pattern", help="Regular expression in the file name that says so.")
@click.option(
    "--fractions", type=Fractions(), default="0.7,0.15,0.15", show_default=True,
    help="Shares of train, validation and test.",
)  # fmt: skip
@click.option("--folds", type=int, help="Cross-validation with this many folds instead.")
@click.option("--seed", type=int, default=0, show_default=True, help="Written into the split.")
@click.option(
    "--near-duplicates/--no-near-duplicates", default=True, show_default=True,
    help="Keep copies together as well; reads every page.",
)  # fmt: skip
def command(
    dataset: str,
    out: Path,
    column: str | None,
    group_pattern: str | None,
    fractions: tuple[float, ...],
    folds: int | None,
    seed: int,
    near_duplicates: bool,
) -> None:
    """Split DATASET into train, validation and test so that no group crosses.

    Groups are a column of the manifest, a pattern in the file name, or, where nothing is told,
    clusters of near-duplicates. Parts are stratified by label. A column 'split' that is there
    is obeyed; where it has only train and test, validation is taken from train.

    \b
    ecgpage split pages.csv --out split.csv --group patient
    ecgpage split pages/ --out split.csv --group-pattern '^([0-9]+)_' --fractions 0.8,0.1,0.1
    ecgpage split pages.csv --out folds.csv --group patient --folds 5

    Exit code 0: done; 1: some pages could not be read (they are split all the same);
    2: wrong use.
    """
    from ecgpage.cli.groups import group_by
    from ecgpage.flows.split import SplitRequest, split_dataset

    group = group_by(column, group_pattern)
    request = SplitRequest(dataset, out, group, fractions, folds, seed, near_duplicates)
    done = split_dataset(request, Bar())
    for refusal in done.refusals:
        warn(str(refusal))
    click.echo(f"{done.splits[0].method}; seed {seed}")
    parts = dict.fromkeys(part for part, _ in sorted(done.counts))
    labels = sorted({label for _, label in done.counts})
    table(
        "Pages" if folds is None else "Pages of the first fold",
        [{"part": p, **{x: done.counts.get((p, x), 0) for x in labels}} for p in parts],
    )
    click.echo(f"Written: {out} and {done.written}")
    sys.exit(1 if done.refusals else 0)
