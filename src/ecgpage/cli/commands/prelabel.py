"""``ecgpage prelabel``: labels by a rule, and how well it agrees with people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, table, warn


@click.command()
@click.argument("source", metavar="DIR_OR_CSV")
@click.option("--rule", default="t-band", show_default=True, help="Which rule judges.")
@click.option("--mean", type=float, help="Abnormal where the band's mean is below this (0-255).")
@click.option("--max", "high", type=float, help="Abnormal where its maximum is above this.")
@click.option("--std", type=float, help="Abnormal where its standard deviation is above this.")
@click.option("--threshold", "others", multiple=True, metavar="NAME=VALUE",
              help="A threshold of another rule.")  # fmt: skip
@click.option(
    "--thresholds", "method", type=click.Choice(["otsu", "youden"]), default="otsu",
    show_default=True, help="How thresholds that are not given are taken from the data.",
)  # fmt: skip
@click.option("--store", "store_url", help="Label store: a file or postgresql://...")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the labels there.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option("--group", help="Column of the patient, for folds and intervals.")
@click.option("--normal", default="Normal", show_default=True, help="Name of the normal class.")
@click.option("--abnormal", default="Abnormal", show_default=True, help="Name of the other.")
@click.option("--label-column", default="label", show_default=True)
@click.option("--path-column", default="path", show_default=True)
@click.option("--seed", default=0, show_default=True, help="Decides training part and folds.")
@click.option("--jobs", type=click.IntRange(min=0), default=1, show_default=True,
              help="Processes; 0: all cores.")  # fmt: skip
def command(
    source: str,
    rule: str,
    mean: float | None,
    high: float | None,
    std: float | None,
    others: tuple[str, ...],
    method: str,
    store_url: str | None,
    csv_path: Path | None,
    json_path: Path | None,
    group: str | None,
    normal: str,
    abnormal: str,
    label_column: str,
    path_column: str,
    seed: int,
    jobs: int,
) -> None:
    """Label the pages of DIR_OR_CSV by a rule, and compare it with people's labels.

    The rule t-band looks at the brightness of the rows from 40 % to 60 % of the height: mean
    below, maximum above or standard deviation above a threshold is abnormal. Thresholds are
    given, or cut by Otsu's criterion without looking at labels, or chosen by Youden's index
    on half of the groups (the comparison is then made on the other half).

    The rule waveform digitises and measures each page and judges by its score (0.5 unless
    --threshold score=... or --thresholds youden says otherwise).

    \b
    ecgpage prelabel pages/
    ecgpage prelabel pages/ --rule waveform
    ecgpage prelabel pages.csv --group patient --csv t-band.csv
    ecgpage prelabel pages.csv --thresholds youden --group patient --json figures.json
    ecgpage prelabel pages/ --mean 239 --std 37 --store postgresql://me@host/labels

    Labels go into the store (labels.sqlite beside the data set where neither --store nor
    --csv is given), as the rule's: people's labels stand. Exit code 0: done; 1: some pages
    could not be read, each named; 2: wrong use.
    """
    from ecgpage.flows.prelabel import PrelabelRequest, prelabel
    from ecgpage.store import store_beside, write_json

    if store_url is None and csv_path is None:
        store_url = store_beside(source)
    named = {"mean": mean, "max": high, "std": std}
    given = {name: value for name, value in named.items() if value is not None}
    given |= dict(_threshold(text) for text in others)
    request = PrelabelRequest(
        source, rule, given, method, store_url, csv_path, normal, abnormal, group,
        label_column, path_column, seed, jobs,
    )  # fmt: skip
    done = prelabel(request, Bar())
    if json_path is not None:
        write_json(json_path, done.as_dict())
    for refusal in done.refusals:
        warn(str(refusal))
    click.echo(f"{done.rule.who}  ({done.rule.origin})")
    labels = [judgement.label for judgement in done.judgements]
    counts = {name: labels.count(name) for name in sorted({str(one) for one in labels})}
    table("", [{"label": k, "pages": n} for k, n in counts.items()])
    if done.agreement is None:
        classes = ", ".join(f"'{name}'" for name in done.classes) or "none"
        click.echo(
            f"Nothing to compare with: that needs pages labelled '{normal}' (--normal) and others. "
            f"Classes in use: {classes}."
        )
    else:
        names = done.agreement.labels
        matrix = zip(names, done.agreement.matrix.tolist(), strict=True)
        rows = [{"people": name, **dict(zip(names, row, strict=True))} for name, row in matrix]
        click.echo(f"People (rows) and rule (columns) on {done.compared_on}:")
        table("", rows)
        found = {**done.agreement.figures, **done.figures}
        rows = [{"figure": name, "value (95 %)": str(value)} for name, value in found.items()]
        table("", rows)
    sys.exit(1 if done.refusals else 0)


def _threshold(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is not NAME=VALUE with a number", param_hint="--threshold"
        ) from None
