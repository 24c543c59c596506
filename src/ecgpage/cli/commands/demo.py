"""``ecgpage demo``: the main job on simulated pages, in a few minutes."""

from __future__ import annotations

from pathlib import Path

import click

from ecgpage.cli.console import Bar, table


@click.command()
@click.option(
    "--out", default="demo", show_default=True, type=click.Path(path_type=Path), help="Folder."
)
@click.option("--pages", default=420, show_default=True, type=click.IntRange(60), help="How many.")
@click.option("--seed", default=0, show_default=True, help="Decides everything that is drawn.")
@click.option("--epochs", type=int, help="Fewer than the network's own, to be done sooner.")
def command(out: Path, pages: int, seed: int, epochs: int | None) -> None:
    """Render ECG pages from simulated records, then audit, train and evaluate on them.

    Needs nothing but this program. The pages' labels say which records were simulated with
    something abnormal; nothing but the trace tells them apart.

    \b
    ecgpage demo
    ecgpage demo --out /tmp/try --pages 120 --epochs 10
    """
    from ecgpage.cli.commands.evaluate import show
    from ecgpage.flows.demo import DemoRequest, demonstrate

    done = demonstrate(DemoRequest(out, pages, seed, epochs), Bar())
    table(
        "Audit",
        [
            {"severity": finding.severity, "check": finding.check, "finding": finding.statement}
            for finding in done.audited.findings
        ],
    )
    show(done.evaluated.found)
    click.echo("")
    for name, path in done.files.items():
        click.echo(f"{name:<14}{path}")
    click.echo(f"\nOpen {done.files['report']} in a browser.")
